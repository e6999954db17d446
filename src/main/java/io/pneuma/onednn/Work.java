package io.pneuma.onednn;

/** What is done on arrays, one of oneDNN's primitives for the most part. */
@FunctionalInterface
public interface Work {
  /** Does it, at once or in the order of the queue. */
  void run(Queue queue, Arguments arguments);
}
