/**
 * What reweights the fused features: one file a kind, each a SameDiff layer on the base that
 * corrects Deeplearning4j's doubled gradient. {@link io.pneuma.attention.Attentions} lists them.
 */
package io.pneuma.attention;
