/**
 * Image networks that give features: one file a network, built and named exactly as its publisher
 * has it (torchvision, Gluon, akamaster), so that its published weights fit. {@link
 * io.pneuma.backbone.Backbones} lists them.
 */
package io.pneuma.backbone;
