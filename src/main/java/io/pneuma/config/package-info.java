/**
 * What a run is asked to do: immutable records and the one loader that fills them from YAML. Knows
 * no Deeplearning4j type and no other room; every room may read it.
 */
package io.pneuma.config;
