package io.pneuma.platform;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/**
 * Threads that share pieces of work. Each piece runs on one of them, whichever is free, so that the
 * pieces and not the number of threads decide what comes out.
 */
public final class Threads implements AutoCloseable {
  /** Some 20 microseconds; longer keeps the core from others. */
  private static final int SPINS = 400;

  private final int count;
  private List<Thread> helpers = List.of(); // Started when there is work to share.
  private volatile Round round = new Round(List.of(), Thread.currentThread());
  private volatile boolean closed;

  /** One list of pieces. */
  private static final class Round {
    final List<Runnable> pieces;
    final Thread caller;
    final AtomicInteger next = new AtomicInteger();
    final AtomicInteger left;
    final AtomicReference<Throwable> failure = new AtomicReference<>();

    Round(List<Runnable> pieces, Thread caller) {
      this.pieces = pieces;
      this.caller = caller;
      this.left = new AtomicInteger(pieces.size());
    }

    void work() {
      for (int i = next.getAndIncrement(); i < pieces.size(); i = next.getAndIncrement()) {
        try {
          pieces.get(i).run();
        } catch (RuntimeException | Error e) {
          failure.compareAndSet(null, e);
        }
        if (left.decrementAndGet() == 0) {
          LockSupport.unpark(caller);
        }
      }
    }

    boolean isOver() {
      return left.get() == 0;
    }
  }

  /**
   * Threads that start with the first pieces that they can share.
   *
   * @param count with the one that calls {@link #run}
   */
  public Threads(int count) {
    this.count = count;
  }

  /** How many there are, with the one that calls {@link #run}. */
  public int count() {
    return count;
  }

  private void start() {
    helpers =
        IntStream.range(1, count)
            .mapToObj(
                i -> {
                  Thread thread = new Thread(this::help, "backprop");
                  thread.setDaemon(true);
                  return thread;
                })
            .toList();
    helpers.forEach(Thread::start);
  }

  private void help() {
    Processor.useThreads(1);
    Round last = round;
    while (!closed) {
      for (int i = 0; i < SPINS && round == last; i++) {
        Thread.onSpinWait();
      }
      if (round == last) {
        LockSupport.park(this);
      } else {
        last = round;
        last.work();
      }
    }
  }

  /** Runs all pieces, in any order, and waits for them. */
  public void run(List<Runnable> pieces) {
    if (helpers.isEmpty() && pieces.size() > 1) {
      start();
    }
    Round mine = new Round(pieces, Thread.currentThread());
    round = mine;
    if (pieces.size() > 1) {
      helpers.forEach(LockSupport::unpark);
    }
    mine.work();
    for (int i = 0; !mine.isOver(); i++) {
      if (i < SPINS) {
        Thread.onSpinWait();
      } else {
        LockSupport.park(this);
      }
    }
    Throwable failure = mine.failure.get();
    if (failure instanceof Error error) {
      throw error;
    }
    if (failure instanceof RuntimeException exception) {
      throw exception;
    }
  }

  @Override
  public void close() {
    closed = true;
    helpers.forEach(LockSupport::unpark);
  }
}
