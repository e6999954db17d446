/**
 * Gradients of networks that learn, computed by oneDNN instead of Deeplearning4j's layers.
 * docs/decisions/finetuning.md says what each part gives.
 */
package io.pneuma.backprop;
