package io.pneuma.computation;

/** A layer that is no {@link Step}, or none that oneDNN computes; the message says which. */
public final class UnsupportedLayerException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** Names the layer and says what is wrong with it. */
  public UnsupportedLayerException(String name, String why) {
    super(name + ": " + why);
  }

  /** Names the layer and its kind. */
  public UnsupportedLayerException(String name, Object kind) {
    this(name, kind.getClass().getSimpleName() + " " + kind);
  }
}
