package io.pneuma.images;

/**
 * One look at an image.
 *
 * @param view {@link ImagePipeline#PLAIN}, or the number of an augmented view, from 1
 */
public record ImageView(LabelledImage image, int view) {}
