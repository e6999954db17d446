/**
 * Networks that learn, computed on oneDNN itself: outputs, gradients and Adam's updates.
 * Parameters, gradients and moments stay where Deeplearning4j keeps them. {@link
 * io.pneuma.backprop.TrainingStep} is the one door; training uses it.
 */
package io.pneuma.backprop;
