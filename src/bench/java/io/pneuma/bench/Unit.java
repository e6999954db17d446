package io.pneuma.bench;

/** How the seconds that one item takes are shown. */
enum Unit {
  IMAGES_PER_SECOND("images/s"),
  MILLISECONDS_PER_STEP("ms/step"),
  SECONDS("s");

  private final String text;

  Unit(String text) {
    this.text = text;
  }

  double of(double secondsPerItem) {
    return switch (this) {
      case IMAGES_PER_SECOND -> 1 / secondsPerItem;
      case MILLISECONDS_PER_STEP -> 1000 * secondsPerItem;
      case SECONDS -> secondsPerItem;
    };
  }

  @Override
  public String toString() {
    return text;
  }
}
