/** Files from the network, whole or not at all: published weights and data sets. */
package io.pneuma.downloads;
