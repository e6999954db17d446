package io.pneuma.spark;

import io.pneuma.audit.AuditWorkforce;
import io.pneuma.audit.Look;
import io.pneuma.features.BankFiller;
import io.pneuma.images.FolderImages.Found;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongConsumer;

/** Has executors look at the images of an audit. */
final class SparkAudit implements AuditWorkforce {
  /** Images of a task, where there are enough for all. */
  private static final int MOST_IMAGES = 256;

  private final SparkCluster cluster;

  SparkAudit(SparkCluster cluster) {
    this.cluster = cluster;
  }

  @Override
  public BankFiller features() {
    return new SparkBankFiller(cluster);
  }

  @Override
  public List<Look> looks(List<Found> images, LongConsumer progress) throws IOException {
    int even = cluster.share(images.size());
    int size = Math.max(1, Math.min(even, MOST_IMAGES));
    List<LookTask> tasks = Jobs.cut(images, size).stream().map(LookTask::new).toList();
    int threads = cluster.threads();
    Look[] looks = new Look[images.size()];
    int[] done = new int[1];
    Jobs.<LookTask, ArrayList<Look>>run(
        cluster.spark(),
        "looking",
        tasks,
        task -> {
          Worker.start();
          return new ArrayList<>(Look.all(task.images(), threads, ignored -> {}));
        },
        (index, seen) -> {
          for (int i = 0; i < seen.size(); i++) {
            looks[index * size + i] = seen.get(i);
          }
          done[0] += seen.size();
          progress.accept(done[0]);
        });
    return Arrays.asList(looks);
  }
}
