package io.pneuma.spark;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What tasks of one piece of work have compiled on an executor, kept for those that follow. Work of
 * another name takes the place of what was there.
 */
final class Idle<T> {
  private final Closing<T> closing;
  private final Deque<T> idle = new ArrayDeque<>();
  private String current = "";

  /** Lets go of something. */
  @FunctionalInterface
  interface Closing<T> {
    void close(T thing);
  }

  Idle(Closing<T> closing) {
    this.closing = closing;
  }

  /** One that nobody uses; null where there is none of this work. */
  synchronized T take(String work) {
    if (!current.equals(work)) {
      idle.forEach(closing::close);
      idle.clear();
      current = work;
    }
    return idle.poll();
  }

  synchronized void giveBack(String work, T thing) {
    if (current.equals(work)) {
      idle.add(thing);
    } else {
      closing.close(thing);
    }
  }
}
