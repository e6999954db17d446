package io.pneuma.spark;

import io.pneuma.cluster.Cluster;
import io.pneuma.cluster.ClusterException;
import io.pneuma.graphfiles.ModelFile;
import io.pneuma.images.Dataset;
import io.pneuma.reproduction.Reproduction;
import io.pneuma.search.Trial;
import io.pneuma.training.Trials;
import io.pneuma.training.Workforce;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Timer;
import java.util.TimerTask;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A driver in this process and executors on the machines of a Spark cluster. */
final class SparkCluster implements Cluster {
  /** What stands unless the caller says otherwise, by JAVA_OPTS=-Dspark.KEY=VALUE. */
  private static final Map<String, String> DEFAULTS =
      Map.of(
          "spark.ui.enabled", "false", // It listens on all interfaces, without a password.
          "spark.ui.showConsoleProgress", "false",
          "spark.locality.wait", "0",
          "spark.executor.memory", "2g",
          "spark.executorEnv.LC_ALL", "C.UTF-8", // Names of files; as in run.sh.
          "spark.executorEnv.GOMP_SPINCOUNT", "10000",
          "spark.executor.extraClassPath", System.getProperty("java.class.path"));

  private static final long SECOND = 1000;

  // In nanoseconds.
  private static final long PATIENCE = 3_000_000_000L;
  private static final long LONGEST_ABSENCE = 120_000_000_000L;

  private static final Logger LOG = LoggerFactory.getLogger(SparkCluster.class);

  private final JavaSparkContext spark;
  private final Path cache;
  private final Path outbox;
  private final Timer watch = new Timer("spark-watch", true);

  private SparkCluster(JavaSparkContext spark, Path cache) throws IOException {
    this.spark = spark;
    this.cache = cache;
    this.outbox = Files.createTempDirectory("pneuma-spark");
    boolean fixed = !spark.getConf().getBoolean("spark.dynamicAllocation.enabled", false);
    if (fixed && !spark.isLocal()) {
      watch.schedule(new Absence(), SECOND, SECOND);
    }
  }

  /** Other than the driver, which Spark counts as one. */
  private int executors() {
    return spark.sc().statusTracker().getExecutorInfos().length - 1;
  }

  /**
   * Stops Spark when all executors have gone and no others have come: without a master to give any
   * it would wait for ever.
   */
  private final class Absence extends TimerTask {
    private long last; // When there was one, in nanoseconds; 0 before the first.

    @Override
    public void run() {
      if (executors() > 0) {
        last = System.nanoTime();
      } else if (last != 0 && System.nanoTime() - last > LONGEST_ABSENCE && isThere()) {
        LOG.error("no executor of {} has been there for two minutes", spark.master());
        spark.stop();
      }
    }
  }

  private boolean isThere() {
    return !spark.sc().isStopped();
  }

  static SparkCluster open(String master, String name, Path cache) {
    SparkConf conf = new SparkConf().setMaster(master).setAppName("pneuma " + name);
    DEFAULTS.forEach(conf::setIfMissing);
    if (master.matches("spark://(127\\.0\\.0\\.1|localhost):.*|local.*")) {
      conf.setIfMissing("spark.driver.host", "127.0.0.1");
      conf.setIfMissing("spark.driver.bindAddress", "127.0.0.1");
    }
    try {
      return new SparkCluster(new JavaSparkContext(conf), cache);
    } catch (Exception e) { // Scala throws what it does not declare.
      throw new ClusterException(
          "--spark "
              + master
              + ": cannot be reached: "
              + e.getMessage()
              + "; is its master running?",
          e);
    }
  }

  JavaSparkContext spark() {
    return spark;
  }

  /** Cores that each task takes. */
  int threads() {
    return spark.getConf().getInt("spark.task.cpus", 1);
  }

  /** Tasks that can be at work at a time. */
  int slots() {
    return Math.max(1, spark.defaultParallelism() / threads());
  }

  /** Where executors leave shards of the bank. */
  ShardFolder shards() {
    String folder =
        spark.getConf().get("spark.pneuma.shards", cache.resolve("shards").toUri().toString());
    return new ShardFolder(folder, spark.hadoopConfiguration());
  }

  /** Hands networks to the executors; returns the names of their files there. */
  List<String> send(List<ComputationGraph> graphs) throws IOException {
    List<String> names = new ArrayList<>();
    for (ComputationGraph graph : graphs) {
      String name = UUID.randomUUID() + ".zip";
      Path file = outbox.resolve(name);
      ModelFile.write(graph, file, false, Map.of());
      spark.addFile(file.toString());
      names.add(name);
    }
    return names;
  }

  @Override
  public String description() {
    return "Spark %s, %s".formatted(spark.version(), spark.master());
  }

  @Override
  public Workforce training() {
    return () -> new SparkBankFiller(this);
  }

  @Override
  public int trainings(boolean heads, int here) {
    return heads ? slots() : Math.max(1, executors());
  }

  @Override
  public Trial candidates(Trials trials) {
    Dataset all = trials.data();
    Dataset read = // No candidate sees the test split.
        new Dataset(all.labels(), all.train(), all.validation(), List.of(), List.of(), List.of());
    return new SparkTrials(this, trials, read, List.of(read))::train;
  }

  @Override
  public Reproduction.Heads heads(Trials trials, List<Dataset> folds) {
    return new SparkTrials(this, trials, trials.data(), folds)::answers;
  }

  /**
   * Ends what can no longer go on, when a failure is due to the cluster's end.
   *
   * @throws ClusterException when the cluster is gone
   */
  void requireThere(Exception failure) {
    // Spark fails its jobs shortly before it stops.
    long patience = failure instanceof ClusterException ? System.nanoTime() + PATIENCE : 0;
    while (isThere() && patience > 0 && System.nanoTime() < patience) {
      try {
        Thread.sleep(100);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
    if (!isThere()) {
      throw new ClusterException(
          "the Spark cluster "
              + spark.master()
              + " is gone; when it is there again, --resume goes on with what is done",
          failure);
    }
  }

  /** Hands a copy of a file to the executors; returns its name there. */
  String send(Path file) throws IOException {
    String own = file.getFileName().toString();
    String name = UUID.randomUUID() + own.substring(Math.max(0, own.lastIndexOf('.')));
    Files.copy(file, outbox.resolve(name));
    spark.addFile(outbox.resolve(name).toString());
    return name;
  }

  /** The folder of what is handed to the executors. */
  Path outbox() {
    return outbox;
  }

  @Override
  public void close() {
    watch.cancel();
    spark.close();
    try (Stream<Path> sent = Files.list(outbox)) {
      for (Path file : sent.toList()) {
        Files.delete(file);
      }
      Files.delete(outbox);
    } catch (IOException e) {
      LOG.info("not everything was removed from {}: {}", outbox, e.toString());
    }
  }
}
