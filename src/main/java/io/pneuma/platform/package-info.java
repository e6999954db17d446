/**
 * What this machine offers a run: the ND4J backend, oneDNN, threads, memory. Uses no other room.
 */
package io.pneuma.platform;
