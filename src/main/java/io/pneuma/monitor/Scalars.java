package io.pneuma.monitor;

import io.pneuma.run.History.Epoch;
import java.util.LinkedHashMap;
import java.util.Map;

/** The numbers of a training by the names that they have elsewhere. */
final class Scalars {
  /** Before the names of what was measured once training had ended. */
  static final String FINAL = "final/";

  /** What every epoch has. */
  static final String EVERY_EPOCH = "learningRate";

  private Scalars() {}

  /** Those of an epoch; what is not a number is left out. */
  static Map<String, Double> of(Epoch epoch) {
    Map<String, Double> scalars = new LinkedHashMap<>();
    scalars.put("loss/train", epoch.trainLoss());
    scalars.put("loss/validation", epoch.validationLoss());
    scalars.put(EVERY_EPOCH, epoch.learningRate());
    epoch.metrics().forEach((name, value) -> scalars.put("validation/" + name, value));
    scalars.put("seconds", epoch.seconds());
    return finite(scalars);
  }

  /** Those that were measured at the end. */
  static Map<String, Double> ofEnd(Map<String, Double> scores) {
    Map<String, Double> scalars = new LinkedHashMap<>();
    scores.forEach((name, value) -> scalars.put(FINAL + name, value));
    return finite(scalars);
  }

  private static Map<String, Double> finite(Map<String, Double> scalars) {
    scalars.values().removeIf(value -> !Double.isFinite(value));
    return scalars;
  }
}
