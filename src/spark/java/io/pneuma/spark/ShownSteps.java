package io.pneuma.spark;

import java.util.function.LongConsumer;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.AccumulableInfo;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorMetricsUpdate;
import org.apache.spark.util.LongAccumulator;
import scala.collection.JavaConverters;

/** Shows how far an epoch is while it goes on, by what executors say with their heartbeats. */
final class ShownSteps implements AutoCloseable {
  private final JavaSparkContext spark;
  private final LongAccumulator accumulator;
  private final SparkListener listener;

  /** Follows the images of the first of some workers. */
  ShownSteps(JavaSparkContext spark, int workers, LongConsumer done) {
    this.spark = spark;
    this.accumulator = spark.sc().longAccumulator("images of the first worker");
    long id = accumulator.id();
    this.listener =
        new SparkListener() {
          @Override
          public void onExecutorMetricsUpdate(SparkListenerExecutorMetricsUpdate update) {
            JavaConverters.seqAsJavaListConverter(update.accumUpdates()).asJava().stream()
                .flatMap(task -> JavaConverters.seqAsJavaListConverter(task._4()).asJava().stream())
                .filter(info -> info.id() == id && info.update().isDefined())
                .map(AccumulableInfo::update)
                .mapToLong(value -> ((Number) value.get()).longValue())
                .max()
                .ifPresent(images -> done.accept(images * workers));
          }
        };
    spark.sc().addSparkListener(listener);
  }

  LongAccumulator accumulator() {
    return accumulator;
  }

  @Override
  public void close() {
    spark.sc().removeSparkListener(listener);
  }
}
