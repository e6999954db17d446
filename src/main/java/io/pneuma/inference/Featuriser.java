package io.pneuma.inference;

import io.pneuma.computation.GraphReader;
import io.pneuma.computation.Network;
import io.pneuma.computation.Shape;
import io.pneuma.computation.UnsupportedLayerException;
import io.pneuma.onednn.OneDnn;
import io.pneuma.platform.FeatureWorkers;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A frozen network that gives features of images, as fast as this machine can. */
public interface Featuriser extends AutoCloseable {
  /**
   * Counts up whenever what is computed changes: a layer that was left to Deeplearning4j before,
   * another order of sums. Stored features are then computed again.
   */
  int VERSION = 2;

  /** Images that Deeplearning4j's layers take at a time; oneDNN needs less memory than they. */
  int MOST_IN_A_PASS = 32;

  /** Threads that get as many images as they like best; more share the images of these. */
  int WELL_FED = 4;

  /**
   * Starts to compute the features of some images, after what was started before. An image's
   * features do not depend on the others.
   *
   * @param images n x 3 x height x width floats, which stay as they are until the end
   * @return n x features in C order; wait by {@link FeatureWorkers#await}
   */
  CompletableFuture<float[]> start(INDArray images);

  /**
   * The features of some images.
   *
   * @param images n x 3 x height x width floats
   * @return n x features in C order
   */
  default float[] features(INDArray images) {
    return FeatureWorkers.await(start(images));
  }

  @Override
  void close();

  /** As many images as so many threads like best to be asked for at a time. */
  static int batch(int threads) {
    return Stretch.MOST * Math.min(threads, WELL_FED);
  }

  /** Images that each of so many threads takes at a time. */
  static int each(int threads) {
    return each(batch(threads), threads);
  }

  /** Images of a batch that each of so many threads takes at a time. */
  static int each(int batch, int threads) {
    return Math.min(Stretch.MOST, (batch + threads - 1) / threads);
  }

  /**
   * Names what computes features here: another engine, another version of it, other instructions or
   * another number of images at a time may give other last digits.
   */
  static String engine(int threads) {
    return engineOf(each(threads));
  }

  /**
   * The same of whoever takes so many images at a time.
   *
   * @param each images that a thread takes at a time
   */
  static String engineOf(int each) {
    return OneDnn.find()
        .map(
            oneDnn ->
                String.format(
                    Locale.ROOT, "%s %d, up to %d images at a time", oneDnn, VERSION, each))
        .orElseGet(
            () ->
                String.format(
                    Locale.ROOT,
                    "Deeplearning4j on %s, %s",
                    Nd4j.getBackend().getClass().getSimpleName(),
                    System.getProperty("os.arch")));
  }

  /**
   * Makes a featuriser of a graph, with the parameters that it has now.
   *
   * @param graph one input, images n x 3 x height x width; one output, features
   * @param batch images that will be asked for at a time
   * @param workers that compute them, closed before the featuriser is
   */
  static Featuriser of(
      ComputationGraph graph, int height, int width, int batch, FeatureWorkers workers) {
    try {
      Network network = GraphReader.read(graph, new Shape(3, height, width));
      return of(OneDnn.require(), network, batch, workers);
    } catch (UnsupportedLayerException e) {
      Logger log = LoggerFactory.getLogger(Featuriser.class);
      log.info("Deeplearning4j computes features, since oneDNN cannot: {}", e.getMessage());
      return new GraphFeaturiser(graph);
    }
  }

  /**
   * Bytes of the feature maps that featurisers of a graph hold at a time.
   *
   * @param threads that compute them, each batch as large as they like best
   */
  static long bytes(ComputationGraph graph, int height, int width, int threads) {
    try {
      Network network = GraphReader.read(graph, new Shape(3, height, width));
      return bytes(OneDnn.require(), network, threads);
    } catch (UnsupportedLayerException e) {
      return GraphFeaturiser.bytes(graph, height, width);
    }
  }

  /** The same of a network that oneDNN computes. */
  static long bytes(OneDnn oneDnn, Network network, int threads) {
    return threads * CompiledNetwork.bytes(oneDnn, network, each(threads));
  }

  /**
   * Makes a featuriser of a network, with the parameters that it has now.
   *
   * @throws UnsupportedLayerException when oneDNN does not compute one of its layers
   */
  static Featuriser of(OneDnn oneDnn, Network network, int batch, FeatureWorkers workers) {
    return of(oneDnn, network, batch, each(batch, workers.count()), workers);
  }

  /**
   * The same with the last digits of whoever takes so many images at a time.
   *
   * @param each images that a thread takes at a time
   * @throws UnsupportedLayerException when oneDNN does not compute one of its layers
   */
  static Featuriser of(
      OneDnn oneDnn, Network network, int batch, int each, FeatureWorkers workers) {
    return new CompiledNetwork(oneDnn, network, batch, each, workers);
  }
}
