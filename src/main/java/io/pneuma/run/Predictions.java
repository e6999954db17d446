package io.pneuma.run;

import java.util.ArrayList;
import java.util.List;
import org.apache.commons.csv.CSVRecord;

/** What the network says of each image: {@code predictions.csv}, a row for each image. */
public final class Predictions {
  private static final String PROBABILITY = "probability_";
  private static final String DISTANCE = "distance";

  private final List<String> labels;
  private final List<List<?>> rows = new ArrayList<>();

  /** No image yet. The labels are the classes in the order of the network's outputs. */
  public Predictions(List<String> labels) {
    this.labels = List.copyOf(labels);
    rows.add(header(labels));
  }

  private static List<String> header(List<String> labels) {
    List<String> header = new ArrayList<>(List.of("file", "split", "label", "predicted"));
    labels.forEach(label -> header.add(PROBABILITY + label));
    header.add(DISTANCE);
    return header;
  }

  /**
   * Adds an image.
   *
   * @param label index of the true class
   * @param predicted index of the class that the network decided for
   * @param probabilities one for each class
   * @param distance from the images of training
   */
  public void add(
      String file,
      String split,
      int label,
      int predicted,
      double[] probabilities,
      double distance) {
    if (probabilities.length != labels.size()) {
      throw new IllegalArgumentException(
          file + ": " + probabilities.length + " probabilities for " + labels.size() + " classes");
    }
    List<String> row =
        new ArrayList<>(List.of(file, split, labels.get(label), labels.get(predicted)));
    for (double probability : probabilities) {
      row.add(Csv.cell(probability));
    }
    row.add(Csv.cell(distance));
    rows.add(row);
  }

  /** Writes the file of that run. */
  public void write(RunDirectory run) {
    run.write(run.predictions(), Csv.write(rows));
  }

  /**
   * What was said of an image.
   *
   * @param label name of its class
   * @param predicted name of the class that the network decided for
   * @param probabilities one for each class
   * @param distance from the images of training
   */
  public record Row(
      String file,
      String split,
      String label,
      String predicted,
      List<Double> probabilities,
      double distance) {}

  /**
   * Reads the predictions of a run.
   *
   * @param labels the classes in the order of the network's outputs
   * @throws RunException when the file is missing or damaged
   */
  public static List<Row> read(RunDirectory run, List<String> labels) {
    List<Row> rows = new ArrayList<>();
    for (CSVRecord row : Csv.read(run.predictions(), header(labels))) {
      String file = row.get("file");
      if (!labels.contains(row.get("label"))) {
        throw new RunException(
            run.predictions() + ": " + file + " is of " + row.get("label") + ", not of " + labels);
      }
      List<Double> probabilities =
          labels.stream().map(label -> Csv.number(row.get(PROBABILITY + label))).toList();
      rows.add(
          new Row(
              file,
              row.get("split"),
              row.get("label"),
              row.get("predicted"),
              probabilities,
              Csv.number(row.get(DISTANCE))));
    }
    return rows;
  }
}
