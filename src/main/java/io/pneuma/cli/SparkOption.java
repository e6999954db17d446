package io.pneuma.cli;

import io.pneuma.cluster.Cluster;
import io.pneuma.config.ConfigException;
import picocli.CommandLine.Option;

/** Whether a verb's work is shared by other machines. */
final class SparkOption {
  @Option(
      names = "--spark",
      paramLabel = "MASTER",
      description =
          "Shares the work among the machines of a Spark cluster, as in spark://HOST:7077; docs/spark.md"
              + " says how.")
  private String master;

  /**
   * Refuses a cluster where there is none for it.
   *
   * @param with what it does not go with, and what to do
   * @throws ConfigException when one is asked for
   */
  void refuse(String with) {
    if (master != null) {
      throw new ConfigException("--spark does not go with " + with);
    }
  }

  /**
   * The machines that do the work: those of the cluster, or this one.
   *
   * @param verb what they do
   * @throws io.pneuma.cluster.ClusterException when the cluster cannot be reached
   */
  Cluster open(String verb, Terminal terminal) {
    if (master == null) {
      return Cluster.HERE;
    }
    terminal.line("reaching the Spark cluster " + master);
    Cluster cluster = Cluster.open(master, verb, Verb.cache());
    terminal.line(cluster.description());
    return cluster;
  }
}
