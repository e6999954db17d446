/**
 * The feature bank: what frozen backbones say of each image and view, computed once, kept on disk
 * and shared by every run that asks for the same.
 */
package io.pneuma.features;
