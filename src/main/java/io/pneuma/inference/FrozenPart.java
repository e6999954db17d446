package io.pneuma.inference;

import io.pneuma.computation.Fusion;
import io.pneuma.computation.Network;
import io.pneuma.computation.UnsupportedLayerException;
import io.pneuma.onednn.OneDnn;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/** The part of a network that does not learn, before the one that does, on all threads at once. */
public final class FrozenPart implements AutoCloseable {
  private final Program program;
  private final Session session;

  /**
   * Compiles a network with the parameters that it has now.
   *
   * @param batch images at a time
   * @throws UnsupportedLayerException when oneDNN does not compute one of its layers
   */
  public FrozenPart(OneDnn oneDnn, Network network, int batch) {
    Network fused = Fusion.fuse(network);
    program = new Program(oneDnn, fused, batch, Stretch.whole(fused, batch), batch == 1, false);
    session = new Session(program);
  }

  /** Computes its output of as many images as a batch has, B x C x H x W. */
  public void run(Pointer images) {
    session.run(images, program.batch());
  }

  /** Bytes of its feature maps. */
  public long bytes() {
    return session.bytes();
  }

  /** Where its output lies, as {@link OneDnn#maps} says. */
  public BytePointer output() {
    return session.output();
  }

  @Override
  public void close() {
    session.close();
    program.close();
  }
}
