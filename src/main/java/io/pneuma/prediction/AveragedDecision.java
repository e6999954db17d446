package io.pneuma.prediction;

import io.pneuma.config.Recipe;
import io.pneuma.config.Recipe.ThresholdRule;
import io.pneuma.evaluation.Answers;
import io.pneuma.evaluation.Measurement;
import io.pneuma.evaluation.OperatingPoint;
import io.pneuma.images.DatasetException;
import io.pneuma.images.FilesThere;
import io.pneuma.images.LabelledImage;
import io.pneuma.run.Manifest;
import io.pneuma.run.RunDirectory;
import io.pneuma.run.RunException;
import io.pneuma.run.Splits;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongConsumer;

/**
 * How a run decides when it averages over several views: chosen on its validation images, seen in
 * the same way, as the decision for one view was. Prediction sets hold the true class as often as
 * they promise only where calibration and prediction score an image alike.
 */
public final class AveragedDecision {
  private static final String VALIDATION = "validation";

  private final RunDirectory run;
  private final Predictor predictor;
  private final Recipe recipe;

  /** What is kept in the run: what was chosen, for which views, beside which choice for one. */
  private record Kept(String views, OperatingPoint ofOneView, OperatingPoint point) {}

  /** The run's validation images cannot be looked at; the message says why. */
  public static final class NotAtHandException extends Exception {
    private static final long serialVersionUID = 1;

    NotAtHandException(String message) {
      super(message);
    }
  }

  /** What the networks that may answer for an image said of it, summed. */
  private static final class Said {
    final LabelledImage image;
    final double[] sum;
    int networks;

    Said(LabelledImage image, int classes) {
      this.image = image;
      this.sum = new double[classes];
    }

    double[] mean() {
      double[] mean = sum.clone();
      for (int k = 0; k < mean.length; k++) {
        mean[k] /= networks;
      }
      return mean;
    }
  }

  /**
   * Of a run, or of an ensemble.
   *
   * @param predictor that averages over several views, deciding as for one
   */
  public AveragedDecision(RunDirectory run, Predictor predictor, Recipe recipe) {
    this.run = run;
    this.predictor = predictor;
    this.recipe = recipe;
  }

  /** What was chosen before, or what nothing need be chosen for. */
  public Optional<OperatingPoint> known() {
    OperatingPoint ofOneView = predictor.point();
    if (ofOneView.conformal() == null
        && recipe.evaluation().threshold() instanceof ThresholdRule.Fixed) {
      return Optional.of(ofOneView);
    }
    if (!Files.exists(run.averagedDecision())) {
      return Optional.empty();
    }
    Kept kept = run.readJson(run.averagedDecision(), Kept.class);
    boolean same = kept.views().equals(views()) && kept.ofOneView().equals(ofOneView);
    return same ? Optional.of(kept.point()) : Optional.empty(); // It may have been trained anew.
  }

  private String views() {
    return predictor.members().stream().map(LoadedNetwork::views).toList().toString();
  }

  /** How often {@link #choose} looks at an image. */
  public long passes() {
    long passes = 0;
    for (LoadedNetwork member : predictor.members()) {
      passes += Files.exists(member.run().splits()) ? member.looks() * images(member).size() : 0;
    }
    return passes;
  }

  /**
   * Chooses on the run's validation images, each answered by those networks alone that have it in
   * their own validation split.
   *
   * @param done called with the number of looks so far
   * @throws NotAtHandException when one of the images is gone or another than it was, or of another
   *     place than the run is for
   */
  public OperatingPoint choose(LongConsumer done) throws IOException, NotAtHandException {
    Map<String, Said> said = new LinkedHashMap<>();
    long before = 0;
    for (LoadedNetwork member : predictor.members()) {
      requireImages(member);
    }
    for (LoadedNetwork member : predictor.members()) {
      List<LabelledImage> images = images(member);
      long start = before;
      List<Predictor.Answer> answers = predict(member, images, count -> done.accept(start + count));
      before += (long) member.looks() * images.size();
      for (int i = 0; i < images.size(); i++) {
        LabelledImage image = images.get(i);
        Said of =
            said.computeIfAbsent(
                image.file().toString(), file -> new Said(image, predictor.labels().size()));
        for (int k = 0; k < of.sum.length; k++) {
          of.sum[k] += answers.get(i).probabilities()[k];
        }
        of.networks++;
      }
    }
    Answers answers =
        new Answers(
            predictor.labels(),
            said.values().stream().map(of -> of.image.patient()).toList(),
            said.values().stream().mapToInt(of -> of.image.label()).toArray(),
            said.values().stream().map(Said::mean).toArray(double[][]::new));
    return OperatingPoint.choose(
        answers,
        Measurement.positive(predictor.labels(), predictor.point().positiveClass()),
        recipe.evaluation(),
        predictor.point().temperature());
  }

  private List<Predictor.Answer> predict(
      LoadedNetwork member, List<LabelledImage> images, LongConsumer done)
      throws IOException, NotAtHandException {
    try {
      int batch = recipe.training().batchSize();
      return predictor.alone(member).predict(images, batch, done);
    } catch (DatasetException changed) {
      throw new NotAtHandException(changed.getMessage());
    }
  }

  private void requireImages(LoadedNetwork member) throws NotAtHandException {
    RunDirectory of = member.run();
    if (Files.exists(of.manifest())
        && of.readJson(of.manifest(), Manifest.class).adapted() != null) {
      throw new NotAtHandException("it was adapted to another place than theirs");
    }
    if (!Files.exists(member.run().splits())) {
      throw new NotAtHandException(member.run().splits() + " is not there to tell them");
    }
    FilesThere there = new FilesThere();
    for (LabelledImage image : images(member)) {
      try {
        if (there.find(image.file()).isEmpty()) {
          throw new NotAtHandException(image.file() + " is not there");
        }
      } catch (IOException e) {
        throw new NotAtHandException(e.getMessage());
      }
    }
  }

  private List<LabelledImage> images(LoadedNetwork member) {
    List<LabelledImage> images = new ArrayList<>();
    for (Splits.Row row : Splits.read(member.run())) {
      if (row.split().equals(VALIDATION)) {
        int label = predictor.labels().indexOf(row.label());
        images.add(new LabelledImage(row.path(), label, row.patient(), row.sha256()));
      }
    }
    return images;
  }

  /** How to decide where the validation images are not at hand: without prediction sets. */
  public OperatingPoint withoutValidation() {
    return predictor.point().withoutSets();
  }

  /**
   * Keeps what was chosen in the run.
   *
   * @throws RunException when the run cannot be written to
   */
  public void keep(OperatingPoint chosen) {
    run.writeJson(run.averagedDecision(), new Kept(views(), predictor.point(), chosen));
  }
}
