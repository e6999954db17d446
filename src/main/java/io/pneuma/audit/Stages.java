package io.pneuma.audit;

import java.io.IOException;
import java.util.function.LongConsumer;

/** Shows how far each stage of an audit has come. */
@FunctionalInterface
public interface Stages {
  /** A stage's work, which tells how many of its steps are done. */
  @FunctionalInterface
  interface Work {
    void run(LongConsumer done) throws IOException;
  }

  /**
   * Does a stage's work.
   *
   * @param total number of its steps
   * @param unit what a step is, as in {@code images}
   */
  void show(String name, long total, String unit, Work work) throws IOException;
}
