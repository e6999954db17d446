package io.pneuma.backprop;

import io.pneuma.inference.OneDnn;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.dnnl.IntMemoryMap;
import org.bytedeco.dnnl.eltwise_forward;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.stream;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;

/** Sigmoid or tanh of each row of a matrix, in place; in vector registers, as Java has no exp. */
final class Squashing implements AutoCloseable {
  private final eltwise_forward code;
  private final List<IntMemoryMap> arguments = new ArrayList<>();
  private final List<stream> queues = new ArrayList<>();

  /** What is computed. */
  enum Kind {
    SIGMOID(dnnl.dnnl_eltwise_logistic),
    TANH(dnnl.dnnl_eltwise_tanh);

    private final int algorithm;

    Kind(int algorithm) {
      this.algorithm = algorithm;
    }
  }

  @SuppressWarnings({"try", "unchecked"}) // A scope works by being there; its varargs are generic.
  Squashing(Kind kind, OneDnn oneDnn, Matrix matrix) {
    try (PointerScope scope = new PointerScope()) {
      memory.desc lies = OneDnn.vector(matrix.columns());
      var description =
          new eltwise_forward.desc(dnnl.dnnl_forward_inference, kind.algorithm, lies, 0, 0);
      code =
          new eltwise_forward(new eltwise_forward.primitive_desc(description, oneDnn.cpu()))
              .retainReference();
      for (int row = 0; row < matrix.rows(); row++) {
        memory values = new memory(lies, oneDnn.cpu(), matrix.rows(row, 1).start());
        IntMemoryMap map = new IntMemoryMap().retainReference();
        map.put(dnnl.DNNL_ARG_SRC, values);
        map.put(dnnl.DNNL_ARG_DST, values);
        arguments.add(map);
        queues.add(new stream(oneDnn.cpu()).<stream>retainReference()); // Rows run side by side.
      }
    }
  }

  void apply(int row) {
    code.execute(queues.get(row), arguments.get(row));
  }

  @Override
  public void close() {
    arguments.forEach(Pointer::releaseReference);
    queues.forEach(Pointer::releaseReference);
    code.releaseReference();
  }
}
