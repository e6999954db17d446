package io.pneuma.features;

import io.pneuma.images.ImageBatch;
import io.pneuma.images.ImageBatches;
import io.pneuma.images.ImagePipeline;
import io.pneuma.images.ImageView;
import io.pneuma.inference.Featuriser;
import io.pneuma.network.BackboneUnit;
import io.pneuma.platform.FeatureWorkers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.concurrency.AffinityManager;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * The outputs of frozen backbones for images and views. What is not there yet is computed once;
 * what is there is valid for exactly its image, view, augmentation, image size, weights, cut and
 * what computed it.
 */
public final class FeatureBank implements AutoCloseable {
  /** Batches under way, so that a thread that is done with one goes on with the next. */
  private static final int AT_ONCE = 2;

  private final List<Shelf> shelves = new ArrayList<>();
  private final ImagePipeline pipeline;
  private final int threads;

  /** One backbone's features of fixed and of augmented views. */
  private record Shelf(int width, FeatureFile plain, FeatureFile augmented) {
    FeatureFile of(ImageView view) {
      return view.isFixed() ? plain : augmented;
    }

    boolean has(ImageView view) {
      return of(view).contains(view.image().sha256(), view.view());
    }
  }

  private FeatureBank(ImagePipeline pipeline, int threads) {
    this.pipeline = pipeline;
    this.threads = threads;
  }

  /**
   * Opens the features of these backbones.
   *
   * @param folder shared by all runs
   * @param threads that compute what is missing; features are valid for how these share the work
   */
  public static FeatureBank open(
      Path folder, List<BackboneUnit> backbones, int imageSize, ImagePipeline pipeline, int threads)
      throws IOException {
    FeatureBank bank = new FeatureBank(pipeline, threads);
    Map<BankPlace, FeatureFile> opened = new HashMap<>(); // Two backbones may be the same one.
    try {
      for (BackboneUnit backbone : backbones) {
        bank.shelves.add(
            new Shelf(
                backbone.width(),
                open(BankPlace.plain(folder, backbone, imageSize, threads), opened),
                open(BankPlace.augmented(folder, backbone, imageSize, pipeline, threads), opened)));
      }
      return bank;
    } catch (IOException | RuntimeException e) {
      bank.close();
      throw e;
    }
  }

  private static FeatureFile open(BankPlace place, Map<BankPlace, FeatureFile> opened)
      throws IOException {
    FeatureFile file = opened.get(place);
    if (file == null) {
      file = place.open();
      opened.put(place, file);
    }
    return file;
  }

  /**
   * Native bytes that computing features takes, besides parameters.
   *
   * @param graphs each backbone alone
   */
  public static long bytes(List<ComputationGraph> graphs, int imageSize, int threads) {
    return graphs.stream()
        .mapToLong(graph -> Featuriser.bytes(graph, imageSize, imageSize, threads))
        .sum();
  }

  /** The views of which some backbone's features are not there yet. */
  public List<ImageView> missing(List<ImageView> views) {
    return views.stream()
        .filter(view -> shelves.stream().anyMatch(shelf -> !shelf.has(view)))
        .toList();
  }

  /**
   * Computes what is missing. All batches counted by {@code done} stay, however this ends.
   *
   * @param graphs each backbone alone, in the order in which they were opened
   * @param done called with the number of views computed so far
   */
  public void fill(List<ImageView> views, List<ComputationGraph> graphs, LongConsumer done)
      throws IOException {
    List<FileLock> locks = new ArrayList<>();
    List<Featuriser> featurisers = new ArrayList<>();
    FeatureWorkers workers = new FeatureWorkers(threads);
    try {
      for (FeatureFile file : inOneOrder()) {
        locks.add(file.lock());
      }
      int size = pipeline.imageSize();
      int batchSize = Featuriser.batch(threads);
      for (ComputationGraph graph : graphs) {
        featurisers.add(Featuriser.of(graph, size, size, batchSize, workers));
      }
      long computed = 0;
      Deque<Batch> underWay = new ArrayDeque<>();
      try (ImageBatches batches = new ImageBatches(missing(views), pipeline, batchSize, threads)) {
        while (batches.hasNext() || !underWay.isEmpty()) {
          while (batches.hasNext() && underWay.size() < AT_ONCE) {
            underWay.add(start(batches.next(), featurisers));
          }
          Batch batch = underWay.remove();
          for (Part part : batch.parts()) {
            part.store();
          }
          computed += batch.images();
          done.accept(computed);
        }
      }
    } finally {
      workers.close();
      featurisers.forEach(Featuriser::close);
      for (FeatureFile file : inOneOrder()) {
        file.force();
      }
      for (FileLock lock : locks) {
        lock.close();
      }
    }
  }

  /**
   * By name, so that two runs with the same backbones in another order cannot wait for each other.
   */
  private List<FeatureFile> inOneOrder() {
    return shelves.stream()
        .flatMap(shelf -> Stream.of(shelf.plain, shelf.augmented))
        .distinct()
        .sorted(Comparator.comparing(FeatureFile::name))
        .toList();
  }

  /** A batch whose features are being computed, by each backbone that lacks some. */
  private record Batch(int images, List<Part> parts) {}

  /** What one backbone computes of a batch. */
  private record Part(Shelf shelf, List<ImageView> views, CompletableFuture<float[]> features) {
    /** Waits for the features; nothing happens to views that came twice. */
    void store() throws IOException {
      float[] rows = FeatureWorkers.await(features);
      for (int i = 0; i < views.size(); i++) {
        ImageView view = views.get(i);
        if (!shelf.has(view)) {
          FloatBuffer row = FloatBuffer.wrap(rows, i * shelf.width, shelf.width);
          shelf.of(view).append(view.image().sha256(), view.view(), row);
        }
      }
    }
  }

  private Batch start(ImageBatch batch, List<Featuriser> featurisers) {
    List<Part> parts = new ArrayList<>();
    for (int i = 0; i < shelves.size(); i++) {
      Shelf shelf = shelves.get(i);
      int[] rows =
          IntStream.range(0, batch.views().size())
              .filter(row -> !shelf.has(batch.views().get(row)))
              .toArray();
      if (rows.length > 0) {
        boolean all = rows.length == batch.views().size();
        INDArray pixels =
            all ? batch.pixels() : batch.pixels().get(NDArrayIndex.indices(longs(rows))).dup('c');
        List<ImageView> views = Arrays.stream(rows).mapToObj(batch.views()::get).toList();
        parts.add(new Part(shelf, views, featurisers.get(i).start(pixels)));
      }
    }
    return new Batch(batch.views().size(), parts);
  }

  private static long[] longs(int[] rows) {
    return Arrays.stream(rows).asLongStream().toArray();
  }

  /** Room for the features of so many views: rows x C of each backbone. */
  public INDArray[] room(int rows) {
    return shelves.stream()
        .map(shelf -> Nd4j.createUninitialized(DataType.FLOAT, rows, shelf.width))
        .toArray(INDArray[]::new);
  }

  /** Fills {@link #room} with the features of as many views, which must be there. */
  public void read(List<ImageView> views, INDArray[] room) throws IOException {
    for (int i = 0; i < room.length; i++) {
      Shelf shelf = shelves.get(i);
      ByteBuffer rows = room[i].data().asNio();
      for (ImageView view : views) {
        shelf.of(view).read(view.image().sha256(), view.view(), rows);
      }
      Nd4j.getAffinityManager().tagLocation(room[i], AffinityManager.Location.HOST);
    }
  }

  @Override
  public void close() throws IOException {
    for (FeatureFile file : inOneOrder()) {
      file.close();
    }
  }
}
