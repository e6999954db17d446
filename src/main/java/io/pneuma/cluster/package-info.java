/**
 * What the verbs ask of many machines that share their work. The program itself has none: whoever
 * brings them is found as a service.
 */
package io.pneuma.cluster;
