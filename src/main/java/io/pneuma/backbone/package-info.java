/**
 * Image networks that give features: one file a network, named after torchvision's and built to its
 * architecture, so that its published weights fit. {@link io.pneuma.backbone.Backbones} lists them.
 */
package io.pneuma.backbone;
