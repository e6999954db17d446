package io.pneuma.spark;

import io.pneuma.audit.AuditWorkforce;
import io.pneuma.cluster.Cluster;
import io.pneuma.cluster.ClusterException;
import io.pneuma.graphfiles.ModelFile;
import io.pneuma.images.Inspector;
import io.pneuma.prediction.Predictor;
import io.pneuma.prediction.Respondent;
import io.pneuma.training.Workforce;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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

  private static final Logger LOG = LoggerFactory.getLogger(SparkCluster.class);

  private final JavaSparkContext spark;
  private final Path cache;
  private final Path outbox;

  private SparkCluster(JavaSparkContext spark, Path cache) throws IOException {
    this.spark = spark;
    this.cache = cache;
    this.outbox = Files.createTempDirectory("pneuma-spark");
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

  /** Hands a file to the executors; returns its name there. */
  String send(Path file) throws IOException {
    String name = UUID.randomUUID() + "-" + file.getFileName();
    Path copy = outbox.resolve(name); // Whatever becomes of the file meanwhile.
    Files.copy(file, copy);
    spark.addFile(copy.toString());
    return name;
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
  public Inspector inspector() {
    return new SparkInspector(this);
  }

  @Override
  public AuditWorkforce audit() {
    return new SparkAudit(this);
  }

  @Override
  public Respondent respondent(Predictor predictor) {
    return new SparkRespondent(this, predictor);
  }

  @Override
  public void close() {
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
