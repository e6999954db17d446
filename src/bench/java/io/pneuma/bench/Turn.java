package io.pneuma.bench;

/**
 * What one item took in one turn.
 *
 * @param seconds on the wall
 * @param processorSeconds of all cores together; NaN where nobody counted
 */
record Turn(double seconds, double processorSeconds) {}
