package io.pneuma.onednn;

import io.pneuma.computation.Layout;
import io.pneuma.computation.Shape;
import io.pneuma.computation.UnsupportedLayerException;
import java.util.Locale;
import java.util.Optional;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.data_type;
import org.bytedeco.dnnl.memory.format_tag;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.factory.Nd4j;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** oneDNN on this machine's processor, and how feature maps lie in memory for it. */
public final class OneDnn {
  private static final Logger LOG = LoggerFactory.getLogger(OneDnn.class);

  /** Feature maps of so few channels lie as images do, one channel after the other. */
  private static final int PLAIN_CHANNELS = 3;

  private static final Optional<OneDnn> INSTANCE = start();

  private final engine cpu = new engine(engine.kind.cpu, 0);
  private final boolean avx512;

  private OneDnn(boolean avx512) {
    this.avx512 = avx512;
  }

  /** Empty where its library does not run: other processors than x86-64, other backends. */
  public static Optional<OneDnn> find() {
    return INSTANCE;
  }

  /**
   * It, where it must be there.
   *
   * @throws UnsupportedLayerException when it does not run here
   */
  public static OneDnn require() {
    return INSTANCE.orElseThrow(
        () -> new UnsupportedLayerException("the network", "oneDNN does not run on this machine"));
  }

  private static Optional<OneDnn> start() {
    if (!Nd4j.getEnvironment().isCPU()) {
      return Optional.empty();
    }
    try {
      int wanted = dnnl.dnnl_cpu_isa_avx512_core;
      boolean avx512 = (dnnl.dnnl_get_effective_cpu_isa() & wanted) == wanted;
      return Optional.of(new OneDnn(avx512));
    } catch (LinkageError | RuntimeException e) {
      LOG.info("oneDNN does not run here ({}); Deeplearning4j computes the features", e.toString());
      return Optional.empty();
    }
  }

  /** Its version and the instructions that it uses. */
  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "oneDNN %d.%d.%d %s",
        dnnl.DNNL_VERSION_MAJOR,
        dnnl.DNNL_VERSION_MINOR,
        dnnl.DNNL_VERSION_PATCH,
        dnnl.get_effective_cpu_isa());
  }

  /** The engine for which primitives are made. */
  engine cpu() {
    return cpu;
  }

  /** Whether oneDNN uses AVX-512, without which it has no Winograd algorithm. */
  public boolean hasAvx512() {
    return avx512;
  }

  /** Channels that lie side by side for each pixel: as many as a vector register holds. */
  public int block() {
    return avx512 ? 16 : 8;
  }

  /** How a batch of feature maps lies in memory. */
  public Form maps(int batch, Shape shape, Layout layout) {
    format_tag blocked = avx512 ? format_tag.nChw16c : format_tag.nChw8c;
    return new Form(
        new memory.desc(
            new long[] {batch, shape.channels(), shape.height(), shape.width()},
            data_type.f32,
            layout == Layout.ROWS
                ? format_tag.nhwc
                : shape.channels() <= PLAIN_CHANNELS ? format_tag.nchw : blocked));
  }

  /** Bytes of a batch of feature maps. */
  public long bytes(int batch, Shape shape, Layout layout) {
    int channels = shape.channels();
    boolean padded = channels > PLAIN_CHANNELS && layout == Layout.BLOCKED;
    int stored = padded ? (channels + block() - 1) / block() * block() : channels;
    return (long) batch * stored * shape.pixels() * Float.BYTES;
  }

  /**
   * {@code to = left right + keep to} of matrices of floats that lie row by row, on the calling
   * thread.
   *
   * @param leftTurned whether what lies at {@code left} is its transpose
   * @param leftRow numbers from one row to the next
   */
  public static void multiply(
      int rows,
      int columns,
      int inner,
      FloatPointer left,
      boolean leftTurned,
      long leftRow,
      FloatPointer right,
      boolean rightTurned,
      long rightRow,
      FloatPointer to,
      long toRow,
      int keep) {
    int status =
        dnnl.dnnl_sgemm(
            (byte) (leftTurned ? 'T' : 'N'),
            (byte) (rightTurned ? 'T' : 'N'),
            rows,
            columns,
            inner,
            1,
            left,
            leftRow,
            right,
            rightRow,
            keep,
            to,
            toRow);
    if (status != dnnl.dnnl_success) {
      throw new IllegalStateException("oneDNN's sgemm refuses with status " + status);
    }
  }
}
