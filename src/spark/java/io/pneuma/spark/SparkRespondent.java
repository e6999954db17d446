package io.pneuma.spark;

import io.pneuma.images.UnreadableImageException;
import io.pneuma.inference.Featuriser;
import io.pneuma.platform.Processor;
import io.pneuma.prediction.AskedFile;
import io.pneuma.prediction.Predictor;
import io.pneuma.prediction.Replies;
import io.pneuma.prediction.Reply;
import io.pneuma.prediction.Respondent;
import io.pneuma.spark.PredictWork.Said;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * Has executors answer for images, and gives the answers in the order of the questions. Only those
 * that wait for others before them are kept.
 */
final class SparkRespondent implements Respondent {
  /** Images of a task, where there are enough for all. */
  private static final int MOST_IMAGES = 256;

  private final SparkCluster cluster;
  private final Predictor predictor;

  SparkRespondent(SparkCluster cluster, Predictor predictor) {
    this.cluster = cluster;
    this.predictor = predictor;
  }

  @Override
  public void answer(List<AskedFile> files, int batchSize, Replies each) throws IOException {
    List<ArrayList<AskedFile>> tasks =
        Jobs.cut(files, size(files.size(), batchSize)).stream().map(ArrayList::new).toList();
    if (tasks.isEmpty()) {
      return;
    }
    List<String> models = new ArrayList<>();
    for (Path model : predictor.models()) {
      models.add(cluster.send(model));
    }
    int alike = Featuriser.each(batchSize, Processor.cores());
    PredictWork work =
        new PredictWork(
            UUID.randomUUID().toString(),
            models,
            predictor.copy(),
            batchSize,
            alike,
            Featuriser.engineOf(alike),
            cluster.threads());
    Jobs.run(
        cluster.spark(),
        "predicting",
        tasks,
        work,
        Jobs.inOrder(
            (index, said) -> {
              List<AskedFile> asked = tasks.get(index);
              for (int i = 0; i < asked.size(); i++) {
                each.accept(reply(asked.get(i), said.get(i)));
              }
            }));
  }

  /** Whole batches, so that each image is answered beside those that it would be beside here. */
  private int size(int images, int batch) {
    int even = cluster.share(images);
    return Math.max(batch, Math.min(even, MOST_IMAGES) / batch * batch);
  }

  private static Reply reply(AskedFile file, Said said) {
    return said.answer() != null
        ? new Reply(said.answer(), null)
        : new Reply(null, new UnreadableImageException(file.file().toString(), said.problem()));
  }
}
