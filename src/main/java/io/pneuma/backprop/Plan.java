package io.pneuma.backprop;

import io.pneuma.backprop.Tape.Operand;
import io.pneuma.computation.Layout;
import io.pneuma.computation.Network;
import io.pneuma.computation.Shape;
import io.pneuma.inference.FrozenPart;
import io.pneuma.onednn.Form;
import io.pneuma.onednn.NativeBlock;
import io.pneuma.onednn.NativeParts;
import io.pneuma.onednn.OneDnn;
import io.pneuma.onednn.Queue;
import io.pneuma.platform.Threads;
import java.util.List;
import java.util.Optional;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.deeplearning4j.nn.graph.ComputationGraph;

/** A backbone's primitives for one size of batch. */
final class Plan implements AutoCloseable {
  private final NativeParts parts;
  private final Queue queue;
  private final Tape tape;
  private final Optional<FrozenPart> frozen;
  private final Region images;
  private final Region features;
  private final Region featuresGradient;
  private final List<LearningNorm> norms;

  Plan(OneDnn oneDnn, Threads threads, ComputationGraph graph, SplitBackbone split, int rows) {
    Network learning = split.learning();
    parts = new NativeParts(oneDnn);
    queue = parts.keep(new Queue(oneDnn));
    tape = new Tape(oneDnn, threads, parts);
    frozen = split.frozen().map(network -> new FrozenPart(oneDnn, network, rows));
    boolean copied = split.frozen().stream().anyMatch(part -> part.layout() == Layout.ROWS);
    images =
        frozen
            .filter(part -> !copied)
            .map(part -> Region.at(part.output()))
            .orElseGet(() -> Region.of(oneDnn.bytes(rows, learning.image(), Layout.BLOCKED)));
    Shape width = learning.shapes().get(learning.output());
    long bytes = (long) rows * width.channels() * width.pixels() * Float.BYTES;
    features = tape.keep(Region.of(bytes));
    featuresGradient = tape.keep(Region.of(bytes));
    try {
      norms =
          NativeParts.scoped(
              () -> {
                if (copied) {
                  Form given = oneDnn.maps(rows, learning.image(), Layout.ROWS);
                  Form wanted = oneDnn.maps(rows, learning.image(), Layout.BLOCKED);
                  tape.copy(
                      new Operand(Region.at(frozen.get().output()), given),
                      new Operand(images, wanted));
                }
                TapeWriter writer = new TapeWriter(oneDnn, graph, learning, rows, tape, parts);
                writer.write(images, features, featuresGradient);
                return writer.norms();
              });
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  /** Bytes of memory that it needs while it runs. */
  long bytes() {
    return tape.bytes();
  }

  /** Bytes that the part which does not learn has taken. */
  long frozenBytes() {
    return frozen.map(FrozenPart::bytes).orElse(0L);
  }

  /** Says where that memory is. */
  void bind(NativeBlock block) {
    NativeParts.scoped(
        () -> {
          tape.bind(block);
          return block;
        });
  }

  FloatPointer forward(Pointer pixels) {
    if (frozen.isPresent()) {
      frozen.get().run(pixels);
    } else {
      Pointer.memcpy(images.place(), pixels, images.bytes());
    }
    tape.forward(queue);
    return features.floats();
  }

  void backward(Pointer gradient) {
    Pointer.memcpy(featuresGradient.place(), gradient, featuresGradient.bytes());
    tape.backward(queue);
    norms.forEach(LearningNorm::updateStatistics);
  }

  @Override
  public void close() {
    parts.close();
    frozen.ifPresent(FrozenPart::close);
  }
}
