package io.pneuma.spark;

import io.pneuma.cluster.ClusterException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
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

  /** Of Spark's message where tasks that must run together do not fit (docs/spark.md). */
  private static final String TOO_FEW = "SPARK-24819";

  private static final int SECONDS_TO_FAIL = 5;

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
        if (String.valueOf(e.getMessage()).contains(TOO_FEW)) {
          throw new ClusterException(
              ("%s: %d tasks shared each minibatch, and the cluster has had room for fewer of them for two"
                      + " minutes; give it back its machines, or go on with fewer by --resume")
                  .formatted(what, tasks.size()),
              e);
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
    String group = UUID.randomUUID().toString();
    FutureTask<Void> job =
        new FutureTask<>(
            () -> {
              spark.setJobGroup(group, what, true);
              spark.sc().runJob(rdd, new Task<>(work), partitions(tasks), handler, type);
              return null;
            });
    Thread thread = new Thread(job, "spark-job");
    thread.setDaemon(true);
    thread.start();
    try {
      await(spark, what, job);
    } catch (ExecutionException e) {
      handler.rethrow();
      throw failure(what, e.getCause());
    } catch (InterruptedException e) {
      spark.cancelJobGroup(group);
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while " + what);
    } finally {
      handler.close();
    }
  }

  /** Waits for a job, which Spark forgets where it is stopped at the wrong moment. */
  private static void await(JavaSparkContext spark, String what, FutureTask<Void> job)
      throws ExecutionException, InterruptedException {
    int stopped = 0;
    while (true) {
      try {
        job.get(1, TimeUnit.SECONDS);
        return;
      } catch (TimeoutException e) {
        stopped = spark.sc().isStopped() ? stopped + 1 : 0;
        if (stopped == SECONDS_TO_FAIL) {
          throw new ExecutionException(
              new ClusterException(
                  "the Spark cluster " + spark.master() + " was lost while " + what));
        }
      }
    }
  }

  private static Seq<Object> partitions(int count) {
    List<Object> all = IntStream.range(0, count).<Object>mapToObj(Integer::valueOf).toList();
    return JavaConverters.asScalaBufferConverter(all).asScala().toSeq();
  }

  private static RuntimeException failure(String what, Throwable failure) {
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
          return new Outcome(null, String.valueOf(e.getMessage()));
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

  /** Hands over results until one cannot be taken, or nobody waits for them any more. */
  private static final class Handler<R> extends AbstractFunction2<Object, Outcome, BoxedUnit> {
    private final Done<R> done;
    private Exception failure;
    private boolean closed;

    Handler(Done<R> done) {
      this.done = done;
    }

    @Override
    @SuppressWarnings("unchecked") // As the task's work gave it.
    public synchronized BoxedUnit apply(Object index, Outcome outcome) {
      if (!closed) {
        try {
          if (outcome.refusal() != null) {
            throw new IOException(outcome.refusal());
          }
          done.accept((Integer) index, (R) outcome.result());
        } catch (IOException | RuntimeException e) {
          failure = e;
          closed = true;
          throw new IllegalStateException(e);
        }
      }
      return BoxedUnit.UNIT;
    }

    /** Throws what the driver's own part threw, if it did. */
    synchronized void rethrow() throws IOException {
      if (failure instanceof IOException e) {
        throw e;
      }
      if (failure instanceof RuntimeException e) {
        throw e;
      }
    }

    synchronized void close() {
      closed = true;
    }
  }

  /**
   * Hands results over in the order of their tasks, those that come early when it is their turn.
   */
  static <R> Done<R> inOrder(Done<R> done) {
    Map<Integer, R> waiting = new HashMap<>();
    int[] next = new int[1];
    return (task, result) -> {
      waiting.put(task, result);
      while (waiting.containsKey(next[0])) {
        done.accept(next[0], waiting.remove(next[0]));
        next[0]++;
      }
    };
  }

  /** Cuts work into tasks of so much, the last of what is left. */
  static <T> List<List<T>> cut(List<T> work, int size) {
    List<List<T>> parts = new ArrayList<>();
    for (int from = 0; from < work.size(); from += size) {
      parts.add(work.subList(from, Math.min(work.size(), from + size)));
    }
    return parts;
  }
}
