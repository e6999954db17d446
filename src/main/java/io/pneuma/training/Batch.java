package io.pneuma.training;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A minibatch.
 *
 * @param inputs the graph's inputs: images B x 3 x H x W, or features B x C of each backbone
 * @param labels an index for each row
 */
@SuppressWarnings("ArrayRecordComponent") // A carrier, never compared.
record Batch(INDArray[] inputs, int[] labels) {}
