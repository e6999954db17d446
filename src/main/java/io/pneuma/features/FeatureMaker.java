package io.pneuma.features;

import io.pneuma.images.ImageBatch;
import io.pneuma.images.ImageBatches;
import io.pneuma.images.ImagePipeline;
import io.pneuma.images.ImageView;
import io.pneuma.inference.Featuriser;
import io.pneuma.platform.FeatureWorkers;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Frozen backbones, compiled, that give features of views as a bank wants them. */
public final class FeatureMaker implements AutoCloseable {
  /** Batches under way, so that a thread that is done with one goes on with the next. */
  private static final int AT_ONCE = 2;

  private final int batch;
  private final int threads;
  private final FeatureWorkers workers;
  private final List<Featuriser> featurisers = new ArrayList<>();

  /**
   * Compiles backbones.
   *
   * @param graphs each backbone alone
   * @param each images that a thread takes at a time, on which the last digits depend
   */
  public FeatureMaker(List<ComputationGraph> graphs, int imageSize, int each, int threads) {
    this.batch = each * threads;
    this.threads = threads;
    this.workers = new FeatureWorkers(threads);
    try {
      for (ComputationGraph graph : graphs) {
        featurisers.add(Featuriser.of(graph, imageSize, imageSize, batch, workers));
      }
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  /** Which features are wanted. */
  @FunctionalInterface
  public interface Wanted {
    /** Whether those of a view by a backbone are. */
    boolean is(int backbone, ImageView view);
  }

  /** Takes features. */
  @FunctionalInterface
  public interface Sink {
    /**
     * Takes those of a view.
     *
     * @param row as wide as the backbone's features
     */
    void accept(int backbone, ImageView view, FloatBuffer row) throws IOException;
  }

  /**
   * Computes what is wanted of some views, in their order.
   *
   * @param done called with the number of views computed so far
   */
  public void make(
      List<ImageView> views, ImagePipeline pipeline, Wanted wanted, Sink sink, LongConsumer done)
      throws IOException {
    long computed = 0;
    Deque<Batch> underWay = new ArrayDeque<>();
    try (ImageBatches batches = new ImageBatches(views, pipeline, batch, threads)) {
      while (batches.hasNext() || !underWay.isEmpty()) {
        while (batches.hasNext() && underWay.size() < AT_ONCE) {
          underWay.add(start(batches.next(), wanted));
        }
        Batch next = underWay.remove();
        for (Part part : next.parts()) {
          part.give(sink);
        }
        computed += next.images();
        done.accept(computed);
      }
    }
  }

  /** A batch whose features are being computed, by each backbone of which some are wanted. */
  private record Batch(int images, List<Part> parts) {}

  /** What one backbone computes of a batch. */
  private record Part(int backbone, List<ImageView> views, CompletableFuture<float[]> features) {
    void give(Sink sink) throws IOException {
      float[] rows = FeatureWorkers.await(features);
      int width = rows.length / views.size();
      for (int i = 0; i < views.size(); i++) {
        sink.accept(backbone, views.get(i), FloatBuffer.wrap(rows, i * width, width));
      }
    }
  }

  private Batch start(ImageBatch batch, Wanted wanted) {
    List<Part> parts = new ArrayList<>();
    List<ImageView> all = batch.views();
    for (int i = 0; i < featurisers.size(); i++) {
      int backbone = i;
      int[] rows =
          IntStream.range(0, all.size()).filter(row -> wanted.is(backbone, all.get(row))).toArray();
      if (rows.length > 0) {
        INDArray pixels =
            rows.length == all.size()
                ? batch.pixels()
                : batch.pixels().get(NDArrayIndex.indices(longs(rows))).dup('c');
        List<ImageView> views = Arrays.stream(rows).mapToObj(all::get).toList();
        parts.add(new Part(backbone, views, featurisers.get(backbone).start(pixels)));
      }
    }
    return new Batch(all.size(), parts);
  }

  private static long[] longs(int[] rows) {
    return Arrays.stream(rows).asLongStream().toArray();
  }

  @Override
  public void close() {
    workers.close();
    featurisers.forEach(Featuriser::close);
  }
}
