/** Serving: a trained run and an image give ranked classes. */
package io.pneuma.prediction;
