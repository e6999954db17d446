package io.pneuma.evaluation;

/**
 * The area under the receiver operating characteristic, with its 95 % interval by patients ({@link
 * Intervals}); of three and more classes the mean over each against the rest.
 *
 * @param value NaN where a class is absent
 */
public record RocAuc(double value, double low, double high) {

  /**
   * Measures answers.
   *
   * @param seed of the bootstrap's draws
   */
  public static RocAuc of(Answers answers, long seed) {
    int[] labels = answers.labels();
    Decision decision =
        answers.classes().size() == 2 ? Decision.at(1) : Decision.amongEqualClasses();
    Scores scores = Scores.of(labels, answers.probabilities(), decision);
    Patients patients = new Patients(answers.patients(), labels);
    double[] interval = new Intervals(scores, patients, Intervals.DRAWS, seed).of("rocAuc");
    double value = scores.of("rocAuc", Estimate.once(labels.length)).value();
    return new RocAuc(value, interval[0], interval[1]);
  }
}
