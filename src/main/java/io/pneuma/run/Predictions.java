package io.pneuma.run;

import java.util.ArrayList;
import java.util.List;

/** What the network says of each image: {@code predictions.csv}, a row for each image. */
public final class Predictions {
  private final List<String> labels;
  private final List<List<?>> rows = new ArrayList<>();

  /** No image yet. The labels are the classes in the order of the network's outputs. */
  public Predictions(List<String> labels) {
    this.labels = List.copyOf(labels);
    List<String> header = new ArrayList<>(List.of("file", "split", "label", "predicted"));
    labels.forEach(label -> header.add("probability_" + label));
    rows.add(header);
  }

  /**
   * Adds an image.
   *
   * @param label index of the true class
   * @param predicted index of the class that the network decided for
   * @param probabilities one for each class
   */
  public void add(String file, String split, int label, int predicted, double[] probabilities) {
    if (probabilities.length != labels.size()) {
      throw new IllegalArgumentException(
          file + ": " + probabilities.length + " probabilities for " + labels.size() + " classes");
    }
    List<String> row =
        new ArrayList<>(List.of(file, split, labels.get(label), labels.get(predicted)));
    for (double probability : probabilities) {
      row.add(Csv.cell(probability));
    }
    rows.add(row);
  }

  /** Writes the file of that run. */
  public void write(RunDirectory run) {
    run.write(run.predictions(), Csv.write(rows));
  }
}
