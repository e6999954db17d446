package io.pneuma.inference;

import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.nativeblas.NativeOpsHolder;

/**
 * A frozen network on oneDNN. Each worker takes a few images at a time through the whole network on
 * a thread of its own, so that no thread waits for another within a batch.
 */
final class CompiledNetwork implements Featuriser {
  private Program program; // Null while it is being made.
  private final List<Session> sessions = new ArrayList<>();
  private final ExecutorService workers;

  /**
   * Compiles a network.
   *
   * @param batch images that are asked for at a time
   * @param threads workers at most
   * @throws UnsupportedLayerException when oneDNN does not compute one of its layers
   */
  CompiledNetwork(OneDnn oneDnn, Network plain, int batch, int threads) {
    Network network = Fusion.fuse(plain);
    int images = Math.min(Stretch.MOST, (batch + threads - 1) / threads);
    int count = Math.min(threads, (batch + images - 1) / images);
    workers = Executors.newFixedThreadPool(count, CompiledNetwork::worker);
    try {
      // On a worker, since oneDNN shares out the work by the threads that the maker may use.
      program =
          join(
              CompletableFuture.supplyAsync(
                  () -> new Program(oneDnn, network, images, Stretch.of(network, images), true),
                  workers));
      for (int i = 0; i < count; i++) {
        sessions.add(new Session(program));
      }
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  private static Thread worker(Runnable task) {
    Thread thread =
        new Thread(
            () -> {
              // OpenMP keeps the number of threads for each thread that starts parallel work.
              NativeOpsHolder.getInstance().getDeviceNativeOps().setOmpNumThreads(1);
              task.run();
            },
            "featuriser");
    thread.setDaemon(true);
    return thread;
  }

  @Override
  public float[] features(INDArray images) {
    int count = Math.toIntExact(images.size(0));
    Shape image = program.network().image();
    INDArray dense = RowMajor.of(images);
    FloatPointer pixels = new FloatPointer(dense.data().addressPointer());
    long each = (long) image.channels() * image.pixels();
    int most = program.batch();
    float[] features = new float[count * program.width()];
    AtomicInteger next = new AtomicInteger();
    Consumer<Session> work =
        session -> {
          for (int first = next.getAndAdd(most); first < count; first = next.getAndAdd(most)) {
            int taken = Math.min(most, count - first);
            session.run(pixels.getPointer(first * each), taken, features, first);
          }
        };
    try {
      join(
          CompletableFuture.allOf(
              sessions.stream()
                  .map(session -> CompletableFuture.runAsync(() -> work.accept(session), workers))
                  .toArray(CompletableFuture<?>[]::new)));
    } finally {
      Reference.reachabilityFence(dense);
    }
    return features;
  }

  /** Waits to the end even when interrupted, since memory that is in use must not be released. */
  private static <T> T join(CompletableFuture<T> task) {
    try {
      return task.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      if (e.getCause() instanceof Error cause) {
        throw cause;
      }
      throw e;
    }
  }

  Program program() {
    return program;
  }

  @Override
  public void close() {
    workers.shutdown();
    sessions.forEach(Session::close);
    if (program != null) {
      program.close();
    }
  }
}
