package io.pneuma.onnx;

/** A network that cannot stand in a file of ONNX; the message says why. */
public final class OnnxException extends RuntimeException {
  private static final long serialVersionUID = 1;

  OnnxException(String message) {
    super(message);
  }
}
