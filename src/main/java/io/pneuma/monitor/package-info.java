/**
 * Watching a run: the statistics file that a training writes, and Deeplearning4j's training UI that
 * draws it. The only importer of that UI and of Vert.x; the command line and the trainer call it.
 */
package io.pneuma.monitor;
