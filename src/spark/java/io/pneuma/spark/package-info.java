/**
 * Many machines, by Apache Spark. Nobody uses this room; the command line finds it by its service.
 */
package io.pneuma.spark;
