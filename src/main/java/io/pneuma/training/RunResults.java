package io.pneuma.training;

import io.pneuma.evaluation.Metrics;
import io.pneuma.images.Dataset;
import io.pneuma.images.LabelledImage;
import io.pneuma.network.ModelFile;
import io.pneuma.run.Predictions;
import io.pneuma.run.RunDirectory;
import io.pneuma.run.TestOpenings;
import java.io.IOException;
import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.deeplearning4j.nn.graph.ComputationGraph;

/** What a trained run leaves behind: its model, its metrics, its prediction for each image. */
final class RunResults {
  /** Images on which the saved network is held against the one that trained. */
  private static final int CHECKED_IMAGES = 8;

  private static final double CHECK_TOLERANCE = 1e-4;

  private final Dataset data;
  private final int positiveClass;
  private final RunDirectory run;

  RunResults(Dataset data, int positiveClass, RunDirectory run) {
    this.data = data;
    this.positiveClass = positiveClass;
    this.run = run;
  }

  void writeModel(ComputationGraph network) throws IOException {
    Map<String, String> texts =
        Map.of(
            run.labels().getFileName().toString(), Files.readString(run.labels()),
            run.config().getFileName().toString(), Files.readString(run.config()));
    run.writeWith(run.model(), temporary -> ModelFile.write(network, temporary, false, texts));
  }

  /**
   * Writes metrics and predictions.
   *
   * @param predict the network that trained
   * @param fromImages reads the model from its file, and answers from the images on
   * @return the metrics of each split
   */
  Map<String, Metrics> write(Function<List<LabelledImage>, double[][]> predict, Trainer fromImages)
      throws IOException {
    Map<String, List<LabelledImage>> splits = new LinkedHashMap<>();
    splits.put("validation", data.validation());
    if (!data.test().isEmpty()) {
      splits.put("test", data.test());
      TestOpenings.add(run, "train");
    }
    Map<String, Metrics> metrics = new LinkedHashMap<>();
    Predictions predictions = new Predictions(data.labels());
    for (Map.Entry<String, List<LabelledImage>> split : splits.entrySet()) {
      List<LabelledImage> images = split.getValue();
      double[][] probabilities = predict.apply(images);
      if (split.getKey().equals("validation")) {
        checkSavedModel(fromImages, images, probabilities);
      }
      int[] labels = images.stream().mapToInt(LabelledImage::label).toArray();
      metrics.put(split.getKey(), Metrics.of(labels, probabilities, positiveClass));
      for (int i = 0; i < labels.length; i++) {
        int answer = Metrics.answer(probabilities[i], positiveClass);
        String file = images.get(i).file().toString();
        predictions.add(file, split.getKey(), labels[i], answer, probabilities[i]);
      }
    }
    predictions.write(run);
    run.writeJson(run.metrics(), Map.of("splits", metrics));
    return metrics;
  }

  /** The file that others will use must answer, from the images on, as what was measured here. */
  private void checkSavedModel(
      Trainer fromImages, List<LabelledImage> images, double[][] probabilities) throws IOException {
    List<LabelledImage> some = images.subList(0, Math.min(CHECKED_IMAGES, images.size()));
    double[][] again = fromImages.predictByLayers(ModelFile.read(run.model()), some);
    for (int i = 0; i < some.size(); i++) {
      for (int label = 0; label < again[i].length; label++) {
        if (!(Math.abs(again[i][label] - probabilities[i][label]) <= CHECK_TOLERANCE)) {
          throw new TrainingException(
              "the saved model does not predict what the trained one did: "
                  + some.get(i).file()
                  + " has "
                  + again[i][label]
                  + " instead of "
                  + probabilities[i][label]);
        }
      }
    }
  }
}
