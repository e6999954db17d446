package io.pneuma.spark;

import io.pneuma.cluster.Cluster;
import java.nio.file.Path;

/** Brings Spark's clusters. */
public final class SparkProvider implements Cluster.Provider {
  @Override
  public Cluster open(String master, String name, Path cache) {
    return SparkCluster.open(master, name, cache);
  }
}
