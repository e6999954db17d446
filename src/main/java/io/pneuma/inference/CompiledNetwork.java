package io.pneuma.inference;

import io.pneuma.computation.Fusion;
import io.pneuma.computation.Network;
import io.pneuma.computation.Shape;
import io.pneuma.computation.Step;
import io.pneuma.computation.Step.Convolution;
import io.pneuma.computation.UnsupportedLayerException;
import io.pneuma.onednn.OneDnn;
import io.pneuma.platform.FeatureWorkers;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A frozen network on oneDNN. Each worker takes a few images at a time through the whole network on
 * a thread of its own, so that no thread waits for another within a batch.
 */
final class CompiledNetwork implements Featuriser {
  private final FeatureWorkers workers;
  private final Program program;
  private final List<Session> sessions = new ArrayList<>();
  private final BlockingQueue<Session> idle = new LinkedBlockingQueue<>();

  /**
   * Compiles a network.
   *
   * @param batch images that are asked for at a time
   * @param images that each worker takes of them at a time
   * @throws UnsupportedLayerException when oneDNN does not compute one of its layers
   */
  CompiledNetwork(OneDnn oneDnn, Network plain, int batch, int images, FeatureWorkers workers) {
    this.workers = workers;
    Network network = Fusion.fuse(plain);
    int threads = workers.count();
    // On a worker, since oneDNN shares out the work by the threads that the maker may use.
    program =
        FeatureWorkers.await(
            workers.start(
                () ->
                    new Program(oneDnn, network, images, Stretch.of(network, images), true, true)));
    try {
      for (int i = 0; i < Math.min(threads, (batch + images - 1) / images); i++) {
        sessions.add(new Session(program));
      }
      idle.addAll(sessions);
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  /** Bytes of what one thread needs for the feature maps of so many images at a time. */
  static long bytes(OneDnn oneDnn, Network plain, int images) {
    Network network = Fusion.fuse(plain);
    List<Stretch> stretches = Stretch.of(network, images);
    Map<String, Shape> shapes = network.shapes();
    long tiles = 0;
    for (Stretch stretch : stretches) {
      for (Step step : stretch.steps()) {
        if (step instanceof Convolution conv) {
          int inputs = shapes.get(conv.input()).channels();
          tiles = Math.max(tiles, Winograd.bytes(oneDnn, inputs, conv, stretch.images()));
        }
      }
    }
    return tiles + Program.placement(oneDnn, network, images, stretches, true).bytes();
  }

  @Override
  public CompletableFuture<float[]> start(INDArray images) {
    int count = Math.toIntExact(images.size(0));
    Shape image = program.network().image();
    INDArray dense = RowMajor.of(images);
    FloatPointer pixels = new FloatPointer(dense.data().addressPointer());
    long each = (long) image.channels() * image.pixels();
    int most = program.batch();
    float[] features = new float[count * program.width()];
    List<CompletableFuture<Void>> parts = new ArrayList<>();
    for (int i = 0; i < count; i += most) {
      int first = i;
      int taken = Math.min(most, count - first);
      parts.add(
          workers.start(
              () -> {
                Session session = takeIdle();
                try {
                  session.run(pixels.getPointer(first * each), taken, features, first);
                } finally {
                  idle.add(session);
                  Reference.reachabilityFence(dense);
                }
                return null;
              }));
    }
    return CompletableFuture.allOf(parts.toArray(CompletableFuture<?>[]::new))
        .thenApply(done -> features);
  }

  /** There is one soon, since a session is only taken by a thread that is at work on it. */
  private Session takeIdle() {
    try {
      return idle.take();
    } catch (InterruptedException e) {
      throw new IllegalStateException("the workers were closed", e);
    }
  }

  Program program() {
    return program;
  }

  @Override
  public void close() {
    sessions.forEach(Session::close);
    program.close();
  }
}
