/** Trained networks as files of ONNX, for programs that have neither Pneuma nor Java. */
package io.pneuma.onnx;
