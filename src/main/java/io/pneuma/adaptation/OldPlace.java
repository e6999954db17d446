package io.pneuma.adaptation;

import io.pneuma.config.Recipe;
import io.pneuma.evaluation.Answers;
import io.pneuma.evaluation.Decision;
import io.pneuma.evaluation.LogitScaling;
import io.pneuma.evaluation.Measurement;
import io.pneuma.evaluation.Measurement.Unfamiliar;
import io.pneuma.evaluation.OperatingPoint;
import io.pneuma.images.FilesThere;
import io.pneuma.images.LabelledImage;
import io.pneuma.prediction.Predictor;
import io.pneuma.report.RecordedRun;
import io.pneuma.report.RecordedRun.Image;
import io.pneuma.run.Predictions;
import io.pneuma.run.RunDirectory;
import io.pneuma.run.Splits;
import io.pneuma.training.Progress;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The images that the parent run was chosen and measured by, and what is said of them: by the
 * parent, and then by the adapted network.
 */
final class OldPlace {
  private static final String VALIDATION = "validation";

  private final RecordedRun recorded;
  private final Recipe recipe;

  OldPlace(RunDirectory parent, Recipe recipe) {
    this.recorded = RecordedRun.read(parent);
    this.recipe = recipe;
  }

  OperatingPoint point() {
    return recorded.point();
  }

  /** What the parent said of its validation images. */
  Answers validation() {
    List<Image> images = of(VALIDATION);
    return answers(images, probabilities(images));
  }

  /** Whether all these images are where they were, to be looked at again. */
  boolean isAtHand() {
    FilesThere there = new FilesThere();
    try {
      for (Image image : recorded.images()) {
        if (there.find(image.known().path()).isEmpty()) {
          return false;
        }
      }
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private List<Image> of(String split) {
    return recorded.images().stream().filter(image -> image.known().split().equals(split)).toList();
  }

  private static double[][] probabilities(List<Image> images) {
    return images.stream()
        .map(image -> image.probabilities().stream().mapToDouble(Double::doubleValue).toArray())
        .toArray(double[][]::new);
  }

  private Answers answers(List<Image> images, double[][] probabilities) {
    return new Answers(
        recorded.labels(),
        images.stream().map(image -> image.known().patient()).toList(),
        images.stream().mapToInt(this::label).toArray(),
        probabilities);
  }

  private int label(Image image) {
    return recorded.labels().indexOf(image.known().label());
  }

  /**
   * Measures an adapted run where its parent was measured, and writes its predictions and metrics.
   *
   * @param scaling from what was said before the balance was followed to what is said now
   * @param again answers anew where new statistics changed what is said; null where they did not
   * @param mostFamiliar the distance beyond which an image is unfamiliar
   */
  Map<String, Measurement> measure(
      RunDirectory into,
      OperatingPoint point,
      LogitScaling scaling,
      Predictor again,
      double mostFamiliar,
      Progress progress)
      throws IOException {
    Map<String, Measurement> measured = new LinkedHashMap<>();
    Predictions predictions = new Predictions(recorded.labels());
    Decision decision = point.decision(recorded.labels());
    Set<String> trainedOn = Splits.trainedOn(into);
    for (String split : List.of(VALIDATION, "test")) {
      List<Image> images = of(split);
      if (images.isEmpty()) {
        continue;
      }
      double[][] probabilities = probabilities(images);
      List<Double> distances = images.stream().map(Image::distance).toList();
      if (again != null) {
        List<Predictor.Answer> answers = ask(again, images, split, progress);
        probabilities =
            answers.stream().map(Predictor.Answer::probabilities).toArray(double[][]::new);
        distances = answers.stream().map(Predictor.Answer::distance).toList();
      }
      probabilities = scaling.of(probabilities);
      int seen = (int) images.stream().filter(i -> trainedOn.contains(i.known().sha256())).count();
      measured.put(
          split,
          Measurement.of(answers(images, probabilities), attributes(images), point, recipe.seed())
              .with(seen, Unfamiliar.of(distances, mostFamiliar)));
      for (int i = 0; i < images.size(); i++) {
        predictions.add(
            images.get(i).known().file(),
            split,
            label(images.get(i)),
            decision.answer(probabilities[i]),
            probabilities[i],
            distances.get(i));
      }
    }
    predictions.write(into);
    into.writeJson(into.metrics(), Map.of("splits", measured));
    return measured;
  }

  private List<Predictor.Answer> ask(
      Predictor again, List<Image> images, String split, Progress progress) throws IOException {
    List<LabelledImage> files = new ArrayList<>();
    for (Image image : images) {
      Splits.Row known = image.known();
      files.add(new LabelledImage(known.path(), label(image), known.patient(), known.sha256()));
    }
    try (Progress.Task task =
        progress.start("predicting the former " + split, 0, files.size(), "images")) {
      return again.predict(files, recipe.training().batchSize(), task::at);
    }
  }

  private static Map<String, List<String>> attributes(List<Image> images) {
    Map<String, List<String>> attributes = new LinkedHashMap<>();
    for (String name : images.get(0).known().attributes().keySet()) {
      attributes.put(
          name, images.stream().map(image -> image.known().attributes().get(name)).toList());
    }
    return attributes;
  }
}
