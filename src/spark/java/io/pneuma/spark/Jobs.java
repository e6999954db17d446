package io.pneuma.spark;

import io.pneuma.cluster.ClusterException;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.List;
import org.apache.spark.SparkException;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.rdd.RDD;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.collection.Iterator;
import scala.collection.JavaConverters;
import scala.collection.Seq;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;
import scala.runtime.AbstractFunction1;
import scala.runtime.AbstractFunction2;
import scala.runtime.BoxedUnit;

/** Runs tasks on the executors, each a partition of its own, and hands over what comes back. */
final class Jobs {
  private static final Logger LOG = LoggerFactory.getLogger(Jobs.class);

  /** As often as Spark repeats a task. */
  private static final int MOST_ATTEMPTS = 4;

  private Jobs() {}

  /**
   * What an executor does for a task. It may be done twice, here or there, and must come to the
   * same.
   *
   * @param <T> what it takes
   * @param <R> what it gives
   */
  interface Work<T, R> extends Serializable {
    R of(T task) throws Exception;
  }

  /**
   * Takes what came of a task, on the driver, one at a time and in the order in which they end.
   *
   * @param <R> what it gives
   */
  interface Done<R> {
    void accept(int task, R result) throws IOException;
  }

  /** What a task gave, or why Pneuma itself refused it, which no second attempt would mend. */
  private record Outcome(Object result, String refusal) implements Serializable {}

  /**
   * Runs tasks; Spark repeats those that an executor took with it.
   *
   * @param what they do, for Spark's own pages
   * @throws IOException when Pneuma refuses a task, with its message, or what {@code done} throws
   * @throws ClusterException when Spark gives up
   */
  static <T, R> void run(
      JavaSparkContext spark, String what, List<T> tasks, Work<T, R> work, Done<R> done)
      throws IOException {
    if (!tasks.isEmpty()) {
      run(spark, spark.parallelize(tasks, tasks.size()).rdd(), what, tasks.size(), work, done);
    }
  }

  /**
   * Runs tasks that speak with each other: all at once or none (Spark's barrier). Where one fails
   * all begin again, so that {@code done} may be called for a task once more. Spark itself repeats
   * no such job that gives results.
   */
  static <T, R> void runTogether(
      JavaSparkContext spark, String what, List<T> tasks, Work<T, R> work, Done<R> done)
      throws IOException {
    ClassTag<T> type = ClassTag$.MODULE$.apply(tasks.get(0).getClass());
    RDD<T> together =
        spark
            .parallelize(tasks, tasks.size())
            .rdd()
            .barrier()
            .mapPartitions(new Same<>(), false, type);
    for (int attempt = 1; ; attempt++) {
      try {
        run(spark, together, what, tasks.size(), work, done);
        return;
      } catch (ClusterException e) {
        if (attempt == MOST_ATTEMPTS || spark.sc().isStopped()) {
          throw e;
        }
        LOG.warn("{} begins again: {}", what, e.getMessage());
      }
    }
  }

  private static <T, R> void run(
      JavaSparkContext spark, RDD<T> rdd, String what, int tasks, Work<T, R> work, Done<R> done)
      throws IOException {
    ClassTag<Outcome> type = ClassTag$.MODULE$.apply(Outcome.class);
    Handler<R> handler = new Handler<>(done);
    spark.setJobDescription(what);
    try {
      spark.sc().runJob(rdd, new Task<>(work), partitions(tasks), handler, type);
    } catch (Exception e) { // Scala throws what it does not declare.
      throw failure(what, e);
    } finally {
      spark.clearJobGroup();
    }
  }

  private static Seq<Object> partitions(int count) {
    List<Object> all =
        java.util.stream.IntStream.range(0, count).<Object>mapToObj(Integer::valueOf).toList();
    return JavaConverters.asScalaBufferConverter(all).asScala().toSeq();
  }

  private static RuntimeException failure(String what, Exception failure) throws IOException {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof Handled handled) {
        throw handled.getCause();
      }
    }
    if (failure instanceof SparkException) {
      String said = String.valueOf(failure.getMessage()).lines().findFirst().orElse("");
      return new ClusterException(
          "Spark gave up while "
              + what
              + ": "
              + said
              + "; the logs of its executors say more (docs/spark.md)",
          failure);
    }
    return failure instanceof RuntimeException e
        ? e
        : new ClusterException(failure.toString(), failure);
  }

  /** What the driver's own part threw. */
  private static final class Handled extends UncheckedIOException {
    private static final long serialVersionUID = 1;

    Handled(IOException cause) {
      super(cause);
    }
  }

  private static final class Same<T> extends AbstractFunction1<Iterator<T>, Iterator<T>>
      implements Serializable {
    private static final long serialVersionUID = 1;

    @Override
    public Iterator<T> apply(Iterator<T> tasks) {
      return tasks;
    }
  }

  private static final class Task<T, R> extends AbstractFunction2<TaskContext, Iterator<T>, Outcome>
      implements Serializable {
    private static final long serialVersionUID = 1;

    private final Work<T, R> work;

    Task(Work<T, R> work) {
      this.work = work;
    }

    @Override
    public Outcome apply(TaskContext context, Iterator<T> tasks) {
      try {
        return new Outcome(work.of(tasks.next()), null);
      } catch (Exception e) {
        if (isRefusal(e)) {
          return new Outcome(null, e.getMessage());
        }
        throw new IllegalStateException(e);
      }
    }

    /** Whether it would be the same again: said by Pneuma, of an image or of the data. */
    private static boolean isRefusal(Throwable failure) {
      for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
        if (cause.getClass().getName().startsWith("io.pneuma.")) {
          return true;
        }
      }
      return false;
    }
  }

  private static final class Handler<R> extends AbstractFunction2<Object, Outcome, BoxedUnit> {
    private final Done<R> done;

    Handler(Done<R> done) {
      this.done = done;
    }

    @Override
    @SuppressWarnings("unchecked") // As the task's work gave it.
    public BoxedUnit apply(Object index, Outcome outcome) {
      try {
        if (outcome.refusal() != null) {
          throw new IOException(outcome.refusal());
        }
        done.accept((Integer) index, (R) outcome.result());
        return BoxedUnit.UNIT;
      } catch (IOException e) {
        throw new Handled(e);
      }
    }
  }
}
