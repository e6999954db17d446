package io.pneuma.backprop;

import io.pneuma.backprop.Tape.Operand;
import io.pneuma.computation.Layout;
import io.pneuma.computation.Shape;
import io.pneuma.onednn.Form;
import io.pneuma.onednn.OneDnn;
import io.pneuma.onednn.Primitives;
import java.util.Map;

/**
 * The feature maps of a batch and, in the same layout, their gradients.
 *
 * @param shapes of one image's, by name
 * @param rows images in the batch
 */
record Maps(OneDnn oneDnn, Map<String, Shape> shapes, int rows) {
  Form lies(String name) {
    return oneDnn.maps(rows, shapes.get(name), Layout.BLOCKED);
  }

  /** Image by image, channel by channel. */
  Form plain(String name) {
    Shape shape = shapes.get(name);
    return Form.dense(rows, shape.channels(), shape.height(), shape.width());
  }

  Region room(String name) {
    return Region.of(oneDnn.bytes(rows, shapes.get(name), Layout.BLOCKED));
  }

  Operand operand(String name, Region region) {
    return new Operand(region, lies(name));
  }

  Primitives primitives() {
    return new Primitives(oneDnn);
  }
}
