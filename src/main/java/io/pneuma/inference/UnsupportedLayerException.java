package io.pneuma.inference;

/** A layer that is no {@link Step}, or none that oneDNN computes; the message says which. */
final class UnsupportedLayerException extends RuntimeException {
  private static final long serialVersionUID = 1;

  UnsupportedLayerException(String name, String why) {
    super(name + ": " + why);
  }

  UnsupportedLayerException(String name, Object kind) {
    this(name, kind.getClass().getSimpleName() + " " + kind);
  }
}
