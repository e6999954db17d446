package io.pneuma.spark;

import io.pneuma.audit.AuditWorkforce;
import io.pneuma.cluster.Cluster;
import io.pneuma.cluster.ClusterException;
import io.pneuma.features.BankFiller;
import io.pneuma.graphfiles.ModelFile;
import io.pneuma.images.Dataset;
import io.pneuma.images.Inspector;
import io.pneuma.prediction.Predictor;
import io.pneuma.prediction.Respondent;
import io.pneuma.reproduction.Reproduction;
import io.pneuma.search.Trial;
import io.pneuma.training.EpochTrainer;
import io.pneuma.training.Trials;
import io.pneuma.training.Workforce;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Timer;
import java.util.TimerTask;
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
          // Two minutes until tasks that must run together are given up.
          "spark.scheduler.barrier.maxConcurrentTasksCheck.interval", "5s",
          "spark.scheduler.barrier.maxConcurrentTasksCheck.maxFailures", "24",
          "spark.executor.memory", "2g",
          "spark.executorEnv.LC_ALL", "C.UTF-8", // Names of files; as in run.sh.
          "spark.executorEnv.GOMP_SPINCOUNT", "10000",
          "spark.executorEnv.PNEUMA_LOG", "INFO",
          "spark.executor.extraClassPath", System.getProperty("java.class.path"));

  private static final int TASKS_EACH = 4;
  private static final long SECOND = 1000;
  private static final int POLL_MILLIS = 100;

  // In nanoseconds.
  private static final long SETTLED = 20_000_000_000L;
  private static final long TO_BEGIN = 90_000_000_000L;
  private static final long TO_END = 3_000_000_000L;
  private static final long LONGEST_ABSENCE = 120_000_000_000L;

  private static final Logger LOG = LoggerFactory.getLogger(SparkCluster.class);

  private final SparkListener losses =
      new SparkListener() {
        @Override
        public void onExecutorRemoved(SparkListenerExecutorRemoved removed) {
          LOG.warn("executor {} was lost; its work is done by another", removed.executorId());
          LOG.info("executor {}: {}", removed.executorId(), removed.reason());
        }
      };
  private final JavaSparkContext spark;
  private final Path cache;
  private final Path outbox;
  private final Thread emptying = new Thread(this::empty, "spark-outbox");
  private final int tasks;
  private final Timer watch = new Timer("spark-watch", true);

  private SparkCluster(JavaSparkContext spark, Path cache) throws IOException {
    this.spark = spark;
    this.cache = cache;
    this.outbox = Files.createTempDirectory("pneuma-spark");
    Runtime.getRuntime().addShutdownHook(emptying);
    this.tasks = slots();
    spark.sc().addSparkListener(losses);
    boolean fixed = !spark.getConf().getBoolean("spark.dynamicAllocation.enabled", false);
    if (fixed && !spark.isLocal()) {
      watch.schedule(new Absence(), SECOND, SECOND);
    }
  }

  /**
   * Stops Spark when all executors have gone and no others have come: without a master to give any
   * it would wait for ever.
   */
  private final class Absence extends TimerTask {
    private long last; // When there was one, in nanoseconds; 0 before the first.
    private boolean warned;

    @Override
    public void run() {
      if (executors(spark) > 0) {
        last = System.nanoTime();
        warned = false;
      } else if (last != 0 && !warned) {
        LOG.warn("no executor is left; waiting up to two minutes for others");
        warned = true;
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
    StandaloneMaster standalone = new StandaloneMaster(master);
    if (!standalone.answers()) {
      throw new ClusterException(
          "--spark %s: nothing answers there; is the cluster's master running?".formatted(master));
    }
    JavaSparkContext spark = null;
    try {
      spark = new JavaSparkContext(conf);
      if (!master.startsWith("local")) {
        awaitExecutors(spark, standalone);
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

  /** Waits until there are all executors that may come, or for a while no further ones. */
  private static void awaitExecutors(JavaSparkContext spark, StandaloneMaster master)
      throws InterruptedException {
    long started = System.nanoTime();
    int before = 0;
    long since = started;
    OptionalInt wanted = OptionalInt.empty();
    while (before == 0 || System.nanoTime() - since < SETTLED) {
      if (spark.sc().isStopped() || System.nanoTime() - started > TO_BEGIN) {
        throw new ClusterException(
            ("--spark %s: no executor has come; has a worker %s of memory and a core free (less memory:"
                    + " JAVA_OPTS=-Dspark.executor.memory=1g)?")
                .formatted(spark.master(), spark.getConf().get("spark.executor.memory")));
      }
      Thread.sleep(POLL_MILLIS);
      int now = executors(spark);
      if (now != before) {
        before = now;
        since = System.nanoTime();
        wanted = master.tasks(spark.getConf());
        if (wanted.isPresent() && slots(spark) >= wanted.getAsInt()) {
          return;
        }
      }
    }
    if (wanted.isPresent()) {
      LOG.warn(
          "only {} of {} tasks at a time could be had from {}",
          slots(spark),
          wanted.getAsInt(),
          spark.master());
    }
  }

  /** Other than the driver, which Spark counts as one. */
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

  /** Tasks that could be at work at a time when the cluster was reached. */
  int tasks() {
    return tasks;
  }

  /** Tasks that can be at work at a time. */
  int slots() {
    return slots(spark);
  }

  /** What a task gets of so much work where each slot shall have a few tasks. */
  int share(int work) {
    return work / (TASKS_EACH * slots());
  }

  private static int slots(JavaSparkContext spark) {
    var profile = spark.sc().resourceProfileManager().defaultResourceProfile();
    return Math.max(1, spark.sc().maxNumConcurrentTasks(profile));
  }

  /** Where executors leave shards of the bank. */
  ShardFolder shards() {
    String folder =
        spark
            .getConf()
            .get(
                "spark.pneuma.shards",
                new org.apache.hadoop.fs.Path(cache.resolve("shards").toUri()).toString());
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
    return "Spark %s, %s: %s"
        .formatted(
            spark.version(),
            spark.master(),
            tasks == 1 ? "a task at a time" : tasks + " tasks at a time");
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
  public int trainings(boolean heads, int here) {
    return heads ? slots() : Math.max(1, executors(spark));
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
    long patience = failure instanceof ClusterException ? System.nanoTime() + TO_END : 0;
    while (isThere() && patience > 0 && System.nanoTime() < patience) {
      try {
        Thread.sleep(POLL_MILLIS);
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

  /** The folder of what is handed to the executors. */
  Path outbox() {
    return outbox;
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
    spark.sc().removeSparkListener(losses); // From here on they are let go.
    watch.cancel();
    spark.close();
    empty();
    try {
      Runtime.getRuntime().removeShutdownHook(emptying);
    } catch (IllegalStateException e) {
      // It is at work.
    }
  }

  /** Removes what was handed out. */
  private void empty() {
    if (!Files.exists(outbox)) {
      return;
    }
    try (Stream<Path> sent = Files.list(outbox)) {
      for (Path file : sent.toList()) {
        Files.deleteIfExists(file);
      }
      Files.deleteIfExists(outbox);
    } catch (IOException e) {
      LOG.info("not everything was removed from {}: {}", outbox, e.toString());
    }
  }
}
