package io.pneuma.onednn;

import org.bytedeco.dnnl.stream;

/** Runs primitives one after the other. */
public final class Queue implements AutoCloseable {
  private final stream queue;

  /** On the calling thread, and those that share its work. */
  public Queue(OneDnn oneDnn) {
    queue = new stream(oneDnn.cpu()).retainReference();
  }

  stream stream() {
    return queue;
  }

  /** Waits for what was run. */
  public void await() {
    queue._wait();
  }

  @Override
  public void close() {
    queue.releaseReference();
  }
}
