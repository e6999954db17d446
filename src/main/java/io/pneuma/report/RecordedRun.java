package io.pneuma.report;

import io.pneuma.evaluation.Answers;
import io.pneuma.evaluation.Decision;
import io.pneuma.evaluation.OperatingPoint;
import io.pneuma.run.Predictions;
import io.pneuma.run.RunDirectory;
import io.pneuma.run.RunException;
import io.pneuma.run.Splits;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a trained run has said of its images.
 *
 * @param labels the classes, in the order of the network's outputs
 * @param point how the network decides
 * @param images of the validation and the test split, in the order of predictions.csv
 */
public record RecordedRun(
    RunDirectory run, List<String> labels, OperatingPoint point, List<Image> images) {

  /** An image and what was said of it. */
  public record Image(Splits.Row known, List<Double> probabilities, double distance) {}

  /**
   * Reads a run.
   *
   * @throws RunException when it has no predictions yet, or its files do not go together
   */
  public static RecordedRun read(RunDirectory run) {
    if (!Files.exists(run.predictions())
        || !Files.exists(run.splits())
        || !Files.exists(run.decision())) {
      throw new RunException(
          run.root()
              + ": has no predictions.csv, split.csv and decision.json; expected a run that"
              + " ./run.sh train has trained to its end");
    }
    List<String> labels = List.of(run.readJson(run.labels(), String[].class));
    Map<String, Splits.Row> known = new HashMap<>();
    Splits.read(run).forEach(row -> known.put(row.split() + " " + row.file(), row));
    List<Image> images = new ArrayList<>();
    for (Predictions.Row row : Predictions.read(run, labels)) {
      Splits.Row image = known.get(row.split() + " " + row.file());
      if (image == null || !image.label().equals(row.label())) {
        throw new RunException(
            run.predictions()
                + ": "
                + row.file()
                + " is not in split.csv with this class; the two are not of one training");
      }
      images.add(new Image(image, row.probabilities(), row.distance()));
    }
    return new RecordedRun(
        run, labels, run.readJson(run.decision(), OperatingPoint.class), List.copyOf(images));
  }

  /** The images of one split, as they were measured. */
  List<Image> inOrder(String split) {
    return images.stream().filter(image -> image.known().split().equals(split)).toList();
  }

  /** The images of one split, sorted by content, so that two runs have them alike. */
  public List<Image> of(String split) {
    return inOrder(split).stream()
        .sorted(
            Comparator.comparing((Image image) -> image.known().sha256())
                .thenComparing(image -> image.known().label())
                .thenComparing(image -> image.known().file()))
        .toList();
  }

  /**
   * What was said of the images of one split.
   *
   * @param classes the labels in the order that is wanted
   */
  Answers answers(String split, List<String> classes) {
    List<Image> chosen = of(split);
    int[] columns = classes.stream().mapToInt(labels::indexOf).toArray();
    double[][] probabilities = new double[chosen.size()][columns.length];
    for (int i = 0; i < chosen.size(); i++) {
      for (int k = 0; k < columns.length; k++) {
        probabilities[i][k] = chosen.get(i).probabilities().get(columns[k]);
      }
    }
    return new Answers(
        classes,
        chosen.stream().map(image -> image.known().patient()).toList(),
        chosen.stream().mapToInt(image -> classes.indexOf(image.known().label())).toArray(),
        probabilities);
  }

  /** How the network decides among classes in this order. */
  Decision decision(List<String> classes) {
    return point.decision(classes);
  }
}
