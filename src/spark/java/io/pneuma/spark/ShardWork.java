package io.pneuma.spark;

import io.pneuma.config.Recipe.Augmentation;
import io.pneuma.features.FeatureMaker;
import io.pneuma.graphfiles.ModelFile;
import io.pneuma.images.ImagePipeline;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.SparkFiles;
import org.deeplearning4j.nn.graph.ComputationGraph;

/**
 * Computes a shard on an executor, and leaves its file.
 *
 * @param id of this filling of a bank
 * @param networks the backbones' files, as Spark handed them out
 * @param engine what computes features on the driver
 * @param each images that a thread takes at a time
 * @param threads of one task
 */
record ShardWork(
    String id,
    List<String> networks,
    int imageSize,
    Augmentation augmentation,
    long seed,
    String engine,
    int each,
    int threads,
    ShardFolder folder)
    implements Jobs.Work<Shard, Boolean> {

  /** Backbones of the filling that this executor is at, compiled for a task each. */
  private static final Idle<FeatureMaker> IDLE = new Idle<>(FeatureMaker::close);

  private static List<ComputationGraph> graphs = List.of();
  private static String current = "";

  /** Returns whether it was computed now; else its file was there. */
  @Override
  public Boolean of(Shard shard) throws IOException {
    if (folder.read(shard).isPresent()) {
      return false;
    }
    Worker.start();
    Worker.requireEngine("features", each, engine);
    FeatureMaker idle = IDLE.take(id);
    FeatureMaker maker = idle != null ? idle : new FeatureMaker(graphs(), imageSize, each, threads);
    byte[] file;
    try {
      file = shard.compute(maker, new ImagePipeline(imageSize, augmentation, seed));
    } finally {
      IDLE.giveBack(id, maker);
    }
    folder.write(shard, file);
    return true;
  }

  private List<ComputationGraph> graphs() throws IOException {
    synchronized (IDLE) {
      if (!current.equals(id)) {
        graphs.forEach(ComputationGraph::close);
        List<ComputationGraph> read = new ArrayList<>();
        for (String network : networks) {
          read.add(ModelFile.read(Path.of(SparkFiles.get(network))));
        }
        graphs = read;
        current = id;
      }
      return graphs;
    }
  }
}
