package io.pneuma.backprop;

import io.pneuma.computation.Activation;
import io.pneuma.onednn.Argument;
import io.pneuma.onednn.Arguments;
import io.pneuma.onednn.Form;
import io.pneuma.onednn.NativeParts;
import io.pneuma.onednn.OneDnn;
import io.pneuma.onednn.Primitive;
import io.pneuma.onednn.Primitives;
import io.pneuma.onednn.Queue;
import java.util.ArrayList;
import java.util.List;

/** Sigmoid or tanh of each row of a matrix, in place; in vector registers, as Java has no exp. */
final class Squashing implements AutoCloseable {
  private final NativeParts parts;
  private final Primitive code;
  private final List<Arguments> arguments = new ArrayList<>();
  private final List<Queue> queues = new ArrayList<>(); // Rows run side by side.

  Squashing(Activation activation, OneDnn oneDnn, Matrix matrix) {
    parts = new NativeParts(oneDnn);
    code =
        NativeParts.scoped(
            () -> {
              Form row = Form.dense(matrix.columns());
              for (int i = 0; i < matrix.rows(); i++) {
                Arguments places = parts.keep(new Arguments(oneDnn));
                arguments.add(places);
                places.put(Argument.SOURCE, row, matrix.rows(i, 1).start());
                places.put(Argument.TARGET, row, matrix.rows(i, 1).start());
                queues.add(parts.keep(new Queue(oneDnn)));
              }
              return parts.keep(new Primitives(oneDnn).activation(row, activation));
            });
  }

  void apply(int row) {
    code.run(queues.get(row), arguments.get(row));
  }

  @Override
  public void close() {
    parts.close();
  }
}
