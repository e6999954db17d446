/**
 * The whole graph of the paper: backbones, merge, attention, softmax. {@link
 * io.pneuma.network.FusionNetwork} reads as the paper's figure.
 */
package io.pneuma.network;
