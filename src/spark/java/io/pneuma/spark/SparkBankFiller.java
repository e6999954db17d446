package io.pneuma.spark;

import io.pneuma.features.BankFiller;
import io.pneuma.features.FeatureBank;
import io.pneuma.images.ImagePipeline;
import io.pneuma.images.ImageView;
import io.pneuma.inference.Featuriser;
import java.io.IOException;
import java.util.List;
import java.util.UUID;
import java.util.function.LongConsumer;
import org.deeplearning4j.nn.graph.ComputationGraph;

/**
 * Has executors compute features, and puts them into the bank in the order in which one machine
 * would. Whoever is killed meanwhile, what is in the bank is right.
 */
final class SparkBankFiller implements BankFiller {
  /** Views of a task, where there are enough for all. */
  private static final int MOST_VIEWS = 256;

  /** The largest file of a task; maps of features are large. */
  private static final int MOST_BYTES = 32 << 20;

  private final SparkCluster cluster;

  SparkBankFiller(SparkCluster cluster) {
    this.cluster = cluster;
  }

  @Override
  public void fill(
      FeatureBank bank, List<ImageView> views, List<ComputationGraph> graphs, LongConsumer done)
      throws IOException {
    bank.take(sink -> fill(bank, bank.missing(views), graphs, sink, done));
  }

  private void fill(
      FeatureBank bank,
      List<ImageView> missing,
      List<ComputationGraph> graphs,
      io.pneuma.features.FeatureMaker.Sink sink,
      LongConsumer done)
      throws IOException {
    ShardFolder folder = cluster.shards();
    List<Shard> shards =
        Jobs.cut(missing, size(bank, missing.size())).stream()
            .map(views -> Shard.of(bank, views))
            .toList();
    ImagePipeline pipeline = bank.pipeline();
    ShardWork work =
        new ShardWork(
            UUID.randomUUID().toString(),
            cluster.send(graphs),
            pipeline.imageSize(),
            pipeline.augmentation(),
            pipeline.seed(),
            Featuriser.engineOf(bank.each()),
            bank.each(),
            cluster.threads(),
            folder);
    long[] stored = new long[1];
    Jobs.run(
        cluster.spark(),
        "featurising",
        shards,
        work,
        Jobs.inOrder(
            (index, computed) -> {
              Shard shard = shards.get(index);
              store(shard, folder, sink);
              stored[0] += shard.views().size();
              done.accept(stored[0]);
            }));
    folder.clean(shards);
  }

  private int size(FeatureBank bank, int missing) {
    int bytes = bank.widths().stream().mapToInt(Integer::intValue).sum() * Float.BYTES;
    int even = cluster.share(missing);
    return Math.max(
        1, Math.min(Math.max(even, bank.each()), Math.min(MOST_VIEWS, MOST_BYTES / bytes)));
  }

  private static void store(
      Shard shard, ShardFolder folder, io.pneuma.features.FeatureMaker.Sink sink)
      throws IOException {
    byte[] file =
        folder
            .read(shard)
            .orElseThrow(
                () ->
                    new IOException(
                        folder
                            + ": what an executor left there is not here, or damaged; it must be a folder"
                            + " that all machines share, as in JAVA_OPTS=-Dspark.pneuma.shards=hdfs://HOST/FOLDER"));
    shard.give(file, sink);
    folder.delete(shard);
  }
}
