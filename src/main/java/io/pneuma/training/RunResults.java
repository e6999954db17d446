package io.pneuma.training;

import io.pneuma.backprop.ForwardPass;
import io.pneuma.backprop.ForwardPass.Outputs;
import io.pneuma.config.Recipe;
import io.pneuma.evaluation.Answers;
import io.pneuma.evaluation.Decision;
import io.pneuma.evaluation.Familiarity;
import io.pneuma.evaluation.Measurement;
import io.pneuma.evaluation.Measurement.Unfamiliar;
import io.pneuma.evaluation.OperatingPoint;
import io.pneuma.evaluation.Temperature;
import io.pneuma.graphfiles.ModelFile;
import io.pneuma.images.Attributes;
import io.pneuma.images.Dataset;
import io.pneuma.images.GreyLayout;
import io.pneuma.images.ImageBatches;
import io.pneuma.images.ImagePipeline;
import io.pneuma.images.ImageView;
import io.pneuma.images.LabelledImage;
import io.pneuma.network.BackboneUnit;
import io.pneuma.platform.Processor;
import io.pneuma.run.Predictions;
import io.pneuma.run.RunDirectory;
import io.pneuma.run.Splits;
import io.pneuma.run.TestOpenings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.deeplearning4j.nn.graph.ComputationGraph;

/** What a trained run leaves behind: its model, its metrics, its prediction for each image. */
final class RunResults {
  private static final String VALIDATION = "validation";
  private static final String TEST = "test";

  /** Images on which the saved network is held against the one that trained. */
  private static final int CHECKED_IMAGES = 8;

  private static final double CHECK_TOLERANCE = 1e-4;

  /** Images in memory at a time when their layouts are taken. */
  private static final int BATCH = 32;

  private final Recipe recipe;
  private final Dataset data;
  private final Attributes attributes;
  private final RunDirectory run;
  private final Progress progress;
  private final int positions;
  private final Map<String, List<LabelledImage>> splits = new LinkedHashMap<>();
  private final Map<LabelledImage, float[]> layouts = new HashMap<>();
  private OperatingPoint point;
  private Familiarity familiarity;
  private Outputs validation;

  /**
   * Of one run.
   *
   * @param positions of the features, 1 for vectors
   */
  RunResults(
      Recipe recipe,
      Dataset data,
      Attributes attributes,
      RunDirectory run,
      Progress progress,
      int positions) {
    this.positions = positions;
    this.attributes = attributes;
    this.progress = progress;
    this.recipe = recipe;
    this.data = data;
    this.run = run;
    splits.put(Splits.TRAIN, data.train());
    splits.put(VALIDATION, data.validation());
    splits.put(TEST, data.test());
  }

  /** The temperature that the recipe wants for the probabilities of the validation split. */
  double temperature(Function<List<LabelledImage>, Outputs> predict) {
    return recipe.evaluation().temperatureScaled()
        ? Temperature.fit(answers(data.validation(), predict.apply(data.validation())))
        : 1;
  }

  /** Chooses how the network decides, at its temperature, and writes it down. */
  void decide(
      Function<List<LabelledImage>, Outputs> predict, Decision decision, double temperature) {
    validation = predict.apply(data.validation());
    point =
        OperatingPoint.choose(
            answers(data.validation(), validation),
            decision.positiveClass(),
            recipe.evaluation(),
            temperature);
    run.writeJson(run.decision(), point);
  }

  /**
   * Measures how much the network listens to each backbone, and writes it down.
   *
   * @param head of the network, whose inputs are the backbones' features
   */
  void listen(ForwardPass head) {
    int[] labels = data.validation().stream().mapToInt(LabelledImage::label).toArray();
    int batch = recipe.training().batchSize();
    Listening listening =
        new Listening(head, batch, validation, labels, point.decision(data.labels()));
    run.writeJson(run.backbones(), listening.of(BackboneUnit.labels(recipe), recipe.seed()));
  }

  /** Learns which images are like those of training. */
  void learnFamiliar(Function<List<LabelledImage>, Outputs> training) {
    List<LabelledImage> references = Familiarity.spread(data.train());
    takeLayouts(Stream.of(references, data.validation(), data.test()).flatMap(List::stream));
    familiarity =
        Familiarity.fit(
            parts(references, training.apply(references)), parts(data.validation(), validation));
  }

  private void takeLayouts(Stream<LabelledImage> images) {
    List<ImageView> views = images.map(image -> new ImageView(image, ImagePipeline.PLAIN)).toList();
    ImagePipeline pipeline =
        new ImagePipeline(recipe.data().imageSize(), recipe.augmentation(), recipe.seed());
    int threads = Processor.cores();
    int done = 0;
    try (Progress.Task task = progress.start("grey layouts", 0, views.size(), "images");
        ImageBatches batches = new ImageBatches(views, pipeline, BATCH, threads)) {
      while (batches.hasNext()) {
        for (float[] layout : GreyLayout.of(batches.next())) {
          layouts.put(views.get(done++).image(), layout);
        }
        task.at(done);
      }
    }
  }

  /** What tells one image from another: the features of each backbone, and the grey layout. */
  private List<float[][]> parts(List<LabelledImage> images, Outputs outputs) {
    return IntStream.range(0, images.size())
        .mapToObj(
            i -> Familiarity.parts(outputs.features()[i], positions, layouts.get(images.get(i))))
        .toList();
  }

  private Answers answers(List<LabelledImage> images, Outputs outputs) {
    return new Answers(
        data.labels(),
        images.stream().map(LabelledImage::patient).toList(),
        images.stream().mapToInt(LabelledImage::label).toArray(),
        outputs.probabilities());
  }

  void writeModel(ComputationGraph network) throws IOException {
    Map<String, byte[]> entries = new HashMap<>();
    for (Path file : List.of(run.labels(), run.config(), run.decision())) {
      entries.put(file.getFileName().toString(), Files.readAllBytes(file));
    }
    entries.put(Familiarity.FILE, familiarity.toBytes());
    run.writeWith(run.model(), temporary -> ModelFile.write(network, temporary, false, entries));
  }

  /**
   * Writes metrics and predictions.
   *
   * @param predict the network that trained
   * @param fromImages reads the model from its file, and answers from the images on
   * @return what was measured of each split
   */
  Map<String, Measurement> write(Function<List<LabelledImage>, Outputs> predict, Trainer fromImages)
      throws IOException {
    if (!data.test().isEmpty()) {
      TestOpenings.add(run, "train");
    }
    Decision decision = point.decision(data.labels());
    Set<String> trainedOn =
        data.train().stream().map(LabelledImage::sha256).collect(Collectors.toSet());
    Map<String, Measurement> measured = new LinkedHashMap<>();
    Predictions predictions = new Predictions(data.labels());
    for (String split : List.of(VALIDATION, TEST)) {
      List<LabelledImage> images = splits.get(split);
      if (images.isEmpty()) {
        continue;
      }
      Outputs outputs = split.equals(VALIDATION) ? validation : predict.apply(images);
      double[][] probabilities = outputs.probabilities();
      List<Double> distances = parts(images, outputs).stream().map(familiarity::distance).toList();
      int seen = (int) images.stream().filter(image -> trainedOn.contains(image.sha256())).count();
      measured.put(
          split,
          Measurement.of(answers(images, outputs), attributes.of(images), point, recipe.seed())
              .with(seen, Unfamiliar.of(distances, familiarity.threshold())));
      for (int i = 0; i < images.size(); i++) {
        LabelledImage image = images.get(i);
        int answer = decision.answer(probabilities[i]);
        predictions.add(
            image.file().toString(),
            split,
            image.label(),
            answer,
            probabilities[i],
            distances.get(i));
      }
    }
    writeSplits();
    predictions.write(run);
    run.writeJson(run.metrics(), Map.of("splits", measured));
    checkSavedModel(fromImages);
    return measured;
  }

  private void writeSplits() {
    Splits file = new Splits();
    splits.forEach(
        (split, images) ->
            images.forEach(
                image ->
                    file.add(
                        new Splits.Row(
                            image.file().toString(),
                            split,
                            data.labels().get(image.label()),
                            image.patient(),
                            image.sha256(),
                            attributes.of(image)))));
    file.write(run);
  }

  /**
   * The file that others will use should answer, from the images on and by Deeplearning4j's layers,
   * as what was measured here. Where it does not, what was measured is kept, and the user told.
   */
  private void checkSavedModel(Trainer fromImages) throws IOException {
    List<LabelledImage> all = data.validation();
    List<LabelledImage> some = all.subList(0, Math.min(CHECKED_IMAGES, all.size()));
    double[][] again = fromImages.predictByLayers(ModelFile.read(run.model()), some);
    double most = 0;
    LabelledImage worst = some.get(0);
    for (int i = 0; i < some.size(); i++) {
      for (int label = 0; label < again[i].length; label++) {
        double apart = Math.abs(again[i][label] - validation.probabilities()[i][label]);
        if (!(apart <= most)) { // NaN is furthest of all.
          most = apart;
          worst = some.get(i);
        }
      }
    }
    if (!(most <= CHECK_TOLERANCE)) {
      progress.warning(
          ("warning: model.zip, read by Deeplearning4j's layers, says of %s a probability that is %.1e"
                  + " from what was measured; of most networks it is less than %.0e. The metrics are"
                  + " those of the compiled network, which evaluate and predict take for folders, too;"
                  + " please report it")
              .formatted(worst.file(), most, CHECK_TOLERANCE));
    }
  }
}
