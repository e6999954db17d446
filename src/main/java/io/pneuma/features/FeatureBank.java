package io.pneuma.features;

import io.pneuma.images.ImagePipeline;
import io.pneuma.images.ImageView;
import io.pneuma.inference.Featuriser;
import io.pneuma.network.BackboneUnit;
import java.io.IOException;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The outputs of frozen backbones for images and views. What is not there yet is computed once;
 * what is there is valid for exactly its image, view, augmentation, image size, weights, cut and
 * what computed it.
 */
public final class FeatureBank implements StoredFeatures, AutoCloseable {
  private final List<Shelf> shelves = new ArrayList<>();
  private final List<String> keys = new ArrayList<>();
  private final ImagePipeline pipeline;
  private final int threads;

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
        BankPlace plain = BankPlace.plain(folder, backbone, imageSize, threads);
        BankPlace augmented = BankPlace.augmented(folder, backbone, imageSize, pipeline, threads);
        bank.keys.addAll(List.of(plain.key(), augmented.key()));
        bank.shelves.add(new Shelf(backbone.width(), open(plain, opened), open(augmented, opened)));
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
   * Computes here what is missing. All batches counted by {@code done} stay, however this ends.
   *
   * @param graphs each backbone alone, in the order in which they were opened
   * @param done called with the number of views computed so far
   */
  public void fill(List<ImageView> views, List<ComputationGraph> graphs, LongConsumer done)
      throws IOException {
    take(
        sink -> {
          try (FeatureMaker maker =
              new FeatureMaker(graphs, pipeline.imageSize(), each(), threads)) {
            maker.make(missing(views), pipeline, this::lacks, sink, done);
          }
        });
  }

  /** Who gives features to a bank. */
  @FunctionalInterface
  public interface Giver {
    /**
     * Gives them, in the order in which they shall be stored.
     *
     * @param sink passes over what is there already
     */
    void give(FeatureMaker.Sink sink) throws IOException;
  }

  /** Stores what somebody gives, and keeps other processes from writing meanwhile. */
  public void take(Giver giver) throws IOException {
    List<FileLock> locks = new ArrayList<>();
    try {
      for (FeatureFile file : inOneOrder()) {
        locks.add(file.lock());
      }
      giver.give(
          (backbone, view, row) -> {
            if (lacks(backbone, view)) { // A view may come twice.
              shelves.get(backbone).of(view).append(view.image().sha256(), view.view(), row);
            }
          });
    } finally {
      for (FeatureFile file : inOneOrder()) {
        file.force();
      }
      for (FileLock lock : locks) {
        lock.close();
      }
    }
  }

  /** Whether the features of a view by a backbone are not there. */
  public boolean lacks(int backbone, ImageView view) {
    return !shelves.get(backbone).has(view);
  }

  /** What the features of each backbone are valid for, of fixed and of augmented views. */
  public List<String> keys() {
    return keys;
  }

  /** The number of features of each backbone. */
  public List<Integer> widths() {
    return shelves.stream().map(Shelf::width).toList();
  }

  /** How views are read. */
  public ImagePipeline pipeline() {
    return pipeline;
  }

  /** Images that a thread takes at a time, as these features are valid for. */
  public int each() {
    return Featuriser.each(threads);
  }

  /**
   * By name, so that two runs with the same backbones in another order cannot wait for each other.
   */
  private List<FeatureFile> inOneOrder() {
    return shelves.stream()
        .flatMap(shelf -> Stream.of(shelf.plain(), shelf.augmented()))
        .distinct()
        .sorted(Comparator.comparing(FeatureFile::name))
        .toList();
  }

  @Override
  public INDArray[] room(int rows) {
    return Shelf.room(shelves, rows);
  }

  @Override
  public void read(List<ImageView> views, INDArray[] room) throws IOException {
    Shelf.read(shelves, views, room);
  }

  /**
   * Copies the features of some views, which must be there, into files for a machine that has no
   * bank. What is in the folder already is not copied again.
   *
   * @return one for each backbone
   */
  public List<CopiedShelf> copy(List<ImageView> views, Path folder) throws IOException {
    List<CopiedShelf> copies = new ArrayList<>();
    for (int i = 0; i < shelves.size(); i++) {
      String[] ofShelf = {keys.get(2 * i), keys.get(2 * i + 1)};
      copies.add(CopiedShelf.of(shelves.get(i), ofShelf, views, folder));
    }
    return copies;
  }

  @Override
  public void close() throws IOException {
    for (FeatureFile file : inOneOrder()) {
      file.close();
    }
  }
}
