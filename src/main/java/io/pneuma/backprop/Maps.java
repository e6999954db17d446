package io.pneuma.backprop;

import io.pneuma.backprop.Tape.Operand;
import io.pneuma.computation.Layout;
import io.pneuma.computation.Shape;
import io.pneuma.inference.OneDnn;
import java.util.Map;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.data_type;
import org.bytedeco.dnnl.memory.format_tag;

/**
 * The feature maps of a batch and, in the same layout, their gradients.
 *
 * @param shapes of one image's, by name
 * @param rows images in the batch
 */
record Maps(OneDnn oneDnn, Map<String, Shape> shapes, int rows) {
  memory.desc lies(String name) {
    return oneDnn.maps(rows, shapes.get(name), Layout.BLOCKED);
  }

  /** Image by image, channel by channel. */
  memory.desc plain(String name) {
    Shape shape = shapes.get(name);
    return new memory.desc(
        new long[] {rows, shape.channels(), shape.height(), shape.width()},
        data_type.f32,
        format_tag.nchw);
  }

  Region room(String name) {
    return Region.of(oneDnn.bytes(rows, shapes.get(name), Layout.BLOCKED));
  }

  Operand operand(String name, Region region) {
    return new Operand(region, lies(name));
  }
}
