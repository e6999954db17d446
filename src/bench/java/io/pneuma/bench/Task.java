package io.pneuma.bench;

/** Work of one side, in a process of its own. */
interface Task extends AutoCloseable {
  /** Its settings, in words. */
  default String setup() {
    return "";
  }

  /** Numbers in which both sides must agree; asked for once, before any {@link #run}. */
  double[] check() throws Exception;

  /** Does one round and tells how many items it was. */
  int run() throws Exception;

  @Override
  default void close() {}
}
