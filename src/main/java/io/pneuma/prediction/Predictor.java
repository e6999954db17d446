package io.pneuma.prediction;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.pneuma.backprop.TrainingStep;
import io.pneuma.config.Recipe;
import io.pneuma.evaluation.OperatingPoint;
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
import java.util.Collections;
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
  private final ImagePipeline pipeline;
  private final int imageSize;

  private Predictor(
      Future<ComputationGraph> network, List<String> labels, OperatingPoint point, Recipe recipe) {
    this.network = network;
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
    Thread loader = new Thread(network, "model");
    loader.setDaemon(true);
    loader.start();
    return new Predictor(network, labels, point, recipe);
  }

  /** One of the texts that the model's file holds beside the network. */
  private static <T> T read(RunDirectory run, Path name, Class<T> type) throws IOException {
    String json = ModelFile.readText(run.model(), name.getFileName().toString());
    return new ObjectMapper().readValue(json, type);
  }

  private ComputationGraph network() throws IOException {
    try {
      return network.get();
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
   * The probability of each class.
   *
   * @throws io.pneuma.images.UnreadableImageException when the file gives no image
   * @throws IOException when the network cannot be read
   */
  public double[] predict(Path image) throws IOException {
    FloatBuffer pixels = FloatBuffer.allocate(3 * imageSize * imageSize);
    pipeline.read(image, pixels);
    INDArray batch = Nd4j.createFromArray(pixels.array()).reshape('c', 1, 3, imageSize, imageSize);
    return network().outputSingle(batch).toDoubleVector();
  }

  /**
   * The probability of each class for each image.
   *
   * @param done called with the number of images answered so far
   * @throws IOException when the network cannot be read
   */
  public double[][] predict(List<LabelledImage> images, int batchSize, LongConsumer done)
      throws IOException {
    List<ImageView> views =
        images.stream().map(image -> new ImageView(image, ImagePipeline.PLAIN)).toList();
    List<double[]> probabilities = new ArrayList<>();
    int threads = Runtime.getRuntime().availableProcessors();
    try (TrainingStep compiled = TrainingStep.of(network(), batchSize, threads);
        ImageBatches batches = new ImageBatches(views, pipeline, batchSize, threads)) {
      while (batches.hasNext()) {
        INDArray[] pixels = {batches.next().pixels()};
        Collections.addAll(probabilities, compiled.output(pixels));
        done.accept(probabilities.size());
      }
    }
    return probabilities.toArray(double[][]::new);
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
