package io.pneuma.prediction;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.pneuma.backprop.TrainingStep;
import io.pneuma.config.Recipe;
import io.pneuma.evaluation.Familiarity;
import io.pneuma.evaluation.OperatingPoint;
import io.pneuma.images.GreyLayout;
import io.pneuma.images.ImageBatch;
import io.pneuma.images.ImageBatches;
import io.pneuma.images.ImagePipeline;
import io.pneuma.images.ImageView;
import io.pneuma.images.LabelledImage;
import io.pneuma.network.ModelFile;
import io.pneuma.run.RunDirectory;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** A run's trained network with its labels, answering for one image at a time. */
public final class Predictor {
  private final Future<ComputationGraph> network;
  private final List<String> labels;
  private final OperatingPoint point;
  private final Future<Familiarity> familiarity;
  private final ImagePipeline pipeline;
  private final int imageSize;

  private Predictor(
      Future<ComputationGraph> network,
      Future<Familiarity> familiarity,
      List<String> labels,
      OperatingPoint point,
      Recipe recipe) {
    this.network = network;
    this.familiarity = familiarity;
    this.labels = labels;
    this.point = point;
    this.imageSize = recipe.data().imageSize();
    this.pipeline = new ImagePipeline(imageSize, recipe.augmentation(), recipe.seed());
  }

  /**
   * Begins to load the network of a run, which goes on while the first image is read.
   *
   * @param recipe the run's
   * @throws IOException when the run has no model yet
   */
  public static Predictor load(RunDirectory run, Recipe recipe) throws IOException {
    List<String> labels = List.of(read(run, run.labels(), String[].class));
    OperatingPoint point = read(run, run.decision(), OperatingPoint.class);
    FutureTask<ComputationGraph> network = new FutureTask<>(() -> ModelFile.read(run.model()));
    FutureTask<Familiarity> familiarity =
        new FutureTask<>(() -> Familiarity.of(ModelFile.readBytes(run.model(), Familiarity.FILE)));
    for (FutureTask<?> task : List.of(network, familiarity)) {
      Thread loader = new Thread(task, "model");
      loader.setDaemon(true);
      loader.start();
    }
    return new Predictor(network, familiarity, labels, point, recipe);
  }

  /** One of the texts that the model's file holds beside the network. */
  private static <T> T read(RunDirectory run, Path name, Class<T> type) throws IOException {
    String json = ModelFile.readText(run.model(), name.getFileName().toString());
    return new ObjectMapper().readValue(json, type);
  }

  private static <T> T loaded(Future<T> part) throws IOException {
    try {
      return part.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException cause) {
        throw cause;
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while the network was loaded");
    }
  }

  /** How the network decides. */
  public OperatingPoint point() {
    return point;
  }

  /** The classes, in the order of the network's outputs. */
  public List<String> labels() {
    return labels;
  }

  /**
   * What the network says of an image.
   *
   * @param probabilities of each class
   * @param distance of its features from those of the training images
   * @param unfamiliar whether that is further than almost all validation images
   */
  @SuppressWarnings("ArrayRecordComponent") // A carrier, never compared.
  public record Answer(double[] probabilities, double distance, boolean unfamiliar) {}

  /**
   * Answers for one image.
   *
   * @throws io.pneuma.images.UnreadableImageException when the file gives no image
   * @throws IOException when the network cannot be read
   */
  public Answer predict(Path image) throws IOException {
    FloatBuffer pixels = FloatBuffer.allocate(3 * imageSize * imageSize);
    pipeline.read(image, pixels);
    INDArray batch = Nd4j.createFromArray(pixels.array()).reshape('c', 1, 3, imageSize, imageSize);
    try (TrainingStep layers = TrainingStep.byLayers(loaded(network))) {
      float[] layout = GreyLayout.of(pixels.rewind(), imageSize);
      return answers(layers.outputs(new INDArray[] {batch}), List.of(layout)).get(0);
    }
  }

  /**
   * Answers for many images.
   *
   * @param done called with the number of images answered so far
   * @throws IOException when the network cannot be read
   */
  public List<Answer> predict(List<LabelledImage> images, int batchSize, LongConsumer done)
      throws IOException {
    List<ImageView> views =
        images.stream().map(image -> new ImageView(image, ImagePipeline.PLAIN)).toList();
    List<Answer> answers = new ArrayList<>();
    int threads = Runtime.getRuntime().availableProcessors();
    try (TrainingStep compiled = TrainingStep.of(loaded(network), batchSize, threads);
        ImageBatches batches = new ImageBatches(views, pipeline, batchSize, threads)) {
      while (batches.hasNext()) {
        ImageBatch batch = batches.next();
        List<float[]> layouts = GreyLayout.of(batch);
        answers.addAll(answers(compiled.outputs(new INDArray[] {batch.pixels()}), layouts));
        done.accept(answers.size());
      }
    }
    return answers;
  }

  private List<Answer> answers(TrainingStep.Outputs outputs, List<float[]> layouts)
      throws IOException {
    Familiarity known = loaded(familiarity);
    List<Answer> answers = new ArrayList<>();
    for (int i = 0; i < outputs.probabilities().length; i++) {
      double distance = known.distance(Familiarity.parts(outputs.features()[i], layouts.get(i)));
      answers.add(new Answer(outputs.probabilities()[i], distance, distance > known.threshold()));
    }
    return answers;
  }

  /** The distance from which on, itself not included, an image is unfamiliar. */
  public double mostFamiliar() throws IOException {
    return loaded(familiarity).threshold();
  }

  /** The classes with their probabilities, the likeliest first. */
  public Map<String, Double> ranked(double[] probabilities) {
    Map<String, Double> ranked = new LinkedHashMap<>();
    IntStream.range(0, probabilities.length)
        .boxed()
        .sorted((a, b) -> Double.compare(probabilities[b], probabilities[a]))
        .forEach(i -> ranked.put(labels.get(i), probabilities[i]));
    return ranked;
  }
}
