/** Graphs in files: Deeplearning4j's zip files, their arrays, Keras's HDF5. */
package io.pneuma.graphfiles;
