package io.pneuma.spark;

import io.pneuma.cluster.Cluster;
import io.pneuma.cluster.ClusterException;
import io.pneuma.features.BankFiller;
import io.pneuma.graphfiles.ModelFile;
import io.pneuma.training.EpochTrainer;
import io.pneuma.training.Workforce;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
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
          "spark.executorEnv.PNEUMA_LOG", "INFO",
          "spark.executor.extraClassPath", System.getProperty("java.class.path"));

  private static final int POLL_MILLIS = 100;
  private static final long SETTLED_NANOS = 2_000_000_000L;
  private static final long PATIENCE_NANOS = 90_000_000_000L;

  private static final Logger LOG = LoggerFactory.getLogger(SparkCluster.class);

  private final SparkListener losses =
      new SparkListener() {
        @Override
        public void onExecutorRemoved(SparkListenerExecutorRemoved removed) {
          LOG.warn(
              "executor {} was lost ({}); others do its work",
              removed.executorId(),
              removed.reason());
        }
      };
  private final JavaSparkContext spark;
  private final Path cache;
  private final Path outbox;

  private SparkCluster(JavaSparkContext spark, Path cache) throws IOException {
    this.spark = spark;
    this.cache = cache;
    this.outbox = Files.createTempDirectory("pneuma-spark");
    spark.sc().addSparkListener(losses);
  }

  static SparkCluster open(String master, String name, Path cache) {
    SparkConf conf = new SparkConf().setMaster(master).setAppName("pneuma " + name);
    DEFAULTS.forEach(conf::setIfMissing);
    if (master.matches("spark://(127\\.0\\.0\\.1|localhost):.*|local.*")) {
      conf.setIfMissing("spark.driver.host", "127.0.0.1");
      conf.setIfMissing("spark.driver.bindAddress", "127.0.0.1");
    }
    JavaSparkContext spark = null;
    try {
      spark = new JavaSparkContext(conf);
      if (!master.startsWith("local")) {
        awaitExecutors(spark, master);
      }
      return new SparkCluster(spark, cache);
    } catch (Exception e) { // Scala throws what it does not declare.
      if (spark != null) {
        spark.close();
      }
      if (e instanceof ClusterException explained) {
        throw explained;
      }
      throw new ClusterException(
          ("--spark %s: cannot be used: %s; expected Spark's name of a master, as in spark://HOST:7077, yarn"
                  + " or local[2]")
              .formatted(master, e.getMessage()),
          e);
    }
  }

  /** Waits until there are executors, and for a moment no further ones. */
  private static void awaitExecutors(JavaSparkContext spark, String master)
      throws InterruptedException {
    long started = System.nanoTime();
    int before = 0;
    long since = started;
    while (before == 0 || System.nanoTime() - since < SETTLED_NANOS) {
      if (spark.sc().isStopped() || System.nanoTime() - started > PATIENCE_NANOS) {
        throw new ClusterException(
            ("--spark %s: no executor has come; is its master running, and has a worker %s of memory free"
                    + " (less: JAVA_OPTS=-Dspark.executor.memory=1g)?")
                .formatted(master, spark.getConf().get("spark.executor.memory")));
      }
      Thread.sleep(POLL_MILLIS);
      int now = executors(spark);
      if (now != before) {
        before = now;
        since = System.nanoTime();
      }
    }
  }

  /** The driver is none. */
  private static int executors(JavaSparkContext spark) {
    return spark.sc().statusTracker().getExecutorInfos().length - 1;
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
    var profile = spark.sc().resourceProfileManager().defaultResourceProfile();
    return Math.max(1, spark.sc().maxNumConcurrentTasks(profile));
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
    return "Spark %s, %s: %s"
        .formatted(
            spark.version(),
            spark.master(),
            slots() == 1 ? "a task at a time" : slots() + " tasks at a time");
  }

  @Override
  public Workforce training() {
    return new Workforce() {
      @Override
      public BankFiller features() {
        return new SparkBankFiller(SparkCluster.this);
      }

      @Override
      public Optional<EpochTrainer> epochs() {
        return Optional.of(new SparkEpochs(SparkCluster.this));
      }
    };
  }

  @Override
  public void close() {
    spark.sc().removeSparkListener(losses); // From here on they are let go.
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
