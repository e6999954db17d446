/**
 * Watching a run: the statistics file that a training writes, and Deeplearning4j's training UI that
 * draws it; TensorBoard's event file; what an MLflow server is told. The only importer of that UI
 * and of Vert.x; the command line calls it, and the trainer by the interface of {@code run}.
 */
package io.pneuma.monitor;
