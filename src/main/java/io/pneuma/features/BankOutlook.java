package io.pneuma.features;

import io.pneuma.images.ImageBatches;
import io.pneuma.images.ImagePipeline;
import io.pneuma.images.ImageView;
import io.pneuma.inference.Featuriser;
import io.pneuma.network.BackboneUnit;
import io.pneuma.platform.FeatureWorkers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What filling a feature bank would take; nothing is made, changed or stored. */
public final class BankOutlook {
  private static final double NANOS = 1e9;

  /** What comes once, such as compiling, is little of a first batch that took longer than this. */
  private static final double SLOW_SECONDS = 15;

  private static final double LONG_ENOUGH_SECONDS = 4;

  private BankOutlook() {}

  /** The views of which some backbone's features are not there yet. */
  public static List<ImageView> missing(
      Path folder,
      List<BackboneUnit> backbones,
      int imageSize,
      ImagePipeline pipeline,
      List<ImageView> views,
      int threads)
      throws IOException {
    List<ImageView> plain = views.stream().filter(ImageView::isFixed).toList();
    List<ImageView> augmented = views.stream().filter(view -> !view.isFixed()).toList();
    Set<ImageView> missing = new LinkedHashSet<>();
    for (BackboneUnit backbone : backbones) {
      missing.addAll(BankPlace.plain(folder, backbone, imageSize, threads).missing(plain));
      missing.addAll(
          BankPlace.augmented(folder, backbone, imageSize, pipeline, threads).missing(augmented));
    }
    return new ArrayList<>(missing);
  }

  /**
   * Measures how many views a second this machine featurises, on the first of some views and for
   * some seconds.
   *
   * @param views at least one
   */
  public static double viewsPerSecond(
      List<ImageView> views, ImagePipeline pipeline, List<ComputationGraph> graphs, int threads) {
    int size = pipeline.imageSize();
    int batchSize = Featuriser.batch(threads);
    List<Featuriser> featurisers = new ArrayList<>();
    try (FeatureWorkers workers = new FeatureWorkers(threads);
        ImageBatches batches = new ImageBatches(views, pipeline, batchSize, threads)) {
      try {
        for (ComputationGraph graph : graphs) {
          featurisers.add(Featuriser.of(graph, size, size, batchSize, workers));
        }
        long started = System.nanoTime();
        long first = run(batches.next().pixels(), featurisers);
        double seconds = (System.nanoTime() - started) / NANOS;
        if (seconds > SLOW_SECONDS || !batches.hasNext()) {
          return first / seconds;
        }
        started = System.nanoTime();
        long done = 0;
        do {
          done += run(batches.next().pixels(), featurisers);
          seconds = (System.nanoTime() - started) / NANOS;
        } while (batches.hasNext() && seconds < LONG_ENOUGH_SECONDS);
        return done / seconds;
      } finally {
        featurisers.forEach(Featuriser::close);
      }
    }
  }

  private static long run(INDArray pixels, List<Featuriser> featurisers) {
    List<CompletableFuture<float[]>> features = new ArrayList<>();
    featurisers.forEach(featuriser -> features.add(featuriser.start(pixels)));
    features.forEach(FeatureWorkers::await);
    return pixels.size(0);
  }
}
