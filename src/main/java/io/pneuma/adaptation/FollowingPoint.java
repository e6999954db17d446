package io.pneuma.adaptation;

import io.pneuma.config.Recipe.ThresholdRule;
import io.pneuma.evaluation.Answers;
import io.pneuma.evaluation.ClassBalance;
import io.pneuma.evaluation.Conformal;
import io.pneuma.evaluation.LogitScaling;
import io.pneuma.evaluation.OperatingPoint;
import java.util.Locale;

/** How the decision of a run follows when its probabilities become those of another balance. */
final class FollowingPoint {
  private final OperatingPoint before;
  private final OperatingPoint after;
  private final String sentence;

  private FollowingPoint(OperatingPoint before, OperatingPoint after, String sentence) {
    this.before = before;
    this.after = after;
    this.sentence = sentence;
  }

  /**
   * Follows a balance.
   *
   * @param rule by which the threshold was chosen
   * @param validation what the run said of its validation images, before
   */
  static FollowingPoint of(
      OperatingPoint before, ThresholdRule rule, ClassBalance balance, Answers validation) {
    double threshold = before.threshold();
    String sentence = "the threshold stays " + number(threshold) + ", now of the new probabilities";
    if (before.positiveClass() != null && validation.classes().size() == 2) {
      int positive = validation.classes().indexOf(before.positiveClass());
      if (rule instanceof ThresholdRule.Cost) {
        threshold = moved(balance.calibration(), before.threshold(), positive);
        sentence =
            "the threshold %s stays the same chance of the positive class, which calibrated is %s"
                .formatted(number(before.threshold()), number(threshold));
      } else if (!(rule instanceof ThresholdRule.Fixed)) {
        threshold = moved(balance.scaling(), before.threshold(), positive);
        sentence =
            "the threshold moves from %s to %s, so that recall and specificity stay as they were chosen"
                .formatted(number(before.threshold()), number(threshold));
      }
    }
    Answers scaled =
        new Answers(
            validation.classes(),
            validation.patients(),
            validation.labels(),
            balance.scaling().of(validation.probabilities()));
    Conformal sets =
        before.conformal() == null ? null : Conformal.fit(scaled, before.conformal().coverage());
    OperatingPoint after =
        new OperatingPoint(
            before.positiveClass(),
            threshold,
            before.rule(),
            before.temperature() / balance.calibration().factor(),
            sets);
    return new FollowingPoint(before, after, sentence);
  }

  /** Follows nothing: the balance was left alone. */
  static FollowingPoint unmoved(OperatingPoint point) {
    return new FollowingPoint(point, point, "the threshold stays " + number(point.threshold()));
  }

  /** The same where new statistics changed what images are scored. */
  FollowingPoint withoutSets() {
    String left =
        before.conformal() == null
            ? ""
            : "; prediction sets are left out, since what they promise held with the former statistics";
    return new FollowingPoint(before, after.withoutSets(), sentence + left);
  }

  private static double moved(LogitScaling scaling, double threshold, int positive) {
    double[] at = new double[2];
    at[positive] = threshold;
    at[1 - positive] = 1 - threshold;
    return scaling.of(at)[positive];
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.4f", value);
  }

  OperatingPoint point() {
    return after;
  }

  /** What became of threshold and prediction sets. */
  String sentence() {
    return sentence;
  }
}
