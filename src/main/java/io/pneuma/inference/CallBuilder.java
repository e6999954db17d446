package io.pneuma.inference;

import io.pneuma.inference.Step.Activate;
import io.pneuma.inference.Step.Add;
import io.pneuma.inference.Step.Concatenation;
import io.pneuma.inference.Step.Convolution;
import io.pneuma.inference.Step.Norm;
import io.pneuma.inference.Step.Pool;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.dnnl.batch_normalization_forward;
import org.bytedeco.dnnl.binary;
import org.bytedeco.dnnl.concat;
import org.bytedeco.dnnl.eltwise_forward;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.data_type;
import org.bytedeco.dnnl.memory.format_tag;
import org.bytedeco.dnnl.pooling_forward;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.reorder;

/** Makes oneDNN's primitives for steps. */
final class CallBuilder {
  static final int INFERENCE = dnnl.dnnl_forward_inference;

  private final OneDnn oneDnn;
  private final engine cpu;
  private final Map<String, Shape> shapes;
  private final Placement placement;
  private final int images;
  private final NativeParts parts;
  private final ConvolutionBuilder convolutions;

  CallBuilder(
      OneDnn oneDnn,
      Map<String, Shape> shapes,
      Placement placement,
      int images,
      NativeParts parts) {
    this.oneDnn = oneDnn;
    this.cpu = oneDnn.cpu();
    this.shapes = shapes;
    this.placement = placement;
    this.images = images;
    this.parts = parts;
    this.convolutions = new ConvolutionBuilder(oneDnn, shapes, images, parts);
  }

  /** What computes a step: nothing where its output is there already. */
  List<Call> calls(Step step) {
    return NativeParts.scoped(
        () -> {
          if (step instanceof Convolution conv) {
            Call sum = convolutions.call(conv);
            return placement.isReady(conv) ? List.of(sum) : List.of(copyAddend(conv), sum);
          }
          if (step instanceof Concatenation all && placement.isFree(all)) {
            return List.of();
          }
          return List.of(call(step));
        });
  }

  private Call call(Step step) {
    if (step instanceof Norm norm) {
      return norm(norm);
    }
    if (step instanceof Activate activate) {
      return activate(activate);
    }
    if (step instanceof Pool pool) {
      return pool(pool);
    }
    if (step instanceof Add add) {
      return add(add);
    }
    return concatenate((Concatenation) step);
  }

  private memory.desc maps(String name) {
    return oneDnn.maps(images, shapes.get(name));
  }

  private Call norm(Norm norm) {
    int channels = norm.shape().channels();
    int flags = dnnl.dnnl_use_global_stats | dnnl.dnnl_use_scaleshift;
    if (norm.activation() == Activation.RELU) {
      flags |= dnnl.dnnl_fuse_norm_relu;
    }
    var description =
        new batch_normalization_forward.desc(INFERENCE, maps(norm.input()), 0f, flags);
    var chosen =
        new batch_normalization_forward.primitive_desc(description, Attributes.plain(), cpu);
    float[] ones = new float[channels];
    Arrays.fill(ones, 1);
    float[] both = Arrays.copyOf(norm.scale(), 2 * channels);
    System.arraycopy(norm.shift(), 0, both, channels, channels);
    memory.desc pair = new memory.desc(new long[] {2, channels}, data_type.f32, format_tag.nc);
    return parts.call(
        images,
        new batch_normalization_forward(chosen),
        chosen,
        Map.of(
            dnnl.DNNL_ARG_MEAN,
            parts.parameter(new float[channels], OneDnn.vector(channels), OneDnn.vector(channels)),
            dnnl.DNNL_ARG_VARIANCE,
            parts.parameter(ones, OneDnn.vector(channels), OneDnn.vector(channels)),
            dnnl.DNNL_ARG_SCALE_SHIFT,
            parts.parameter(both, pair, pair)),
        Map.of(dnnl.DNNL_ARG_SRC, norm.input(), dnnl.DNNL_ARG_DST, norm.output()));
  }

  private Call activate(Activate activate) {
    boolean bounded = activate.activation() == Activation.RELU6;
    var description =
        activate.activation() == Activation.IDENTITY
            ? new eltwise_forward.desc(
                INFERENCE, dnnl.dnnl_eltwise_linear, maps(activate.input()), 1, 0)
            : new eltwise_forward.desc(
                INFERENCE,
                bounded ? dnnl.dnnl_eltwise_clip : dnnl.dnnl_eltwise_relu,
                maps(activate.input()),
                0,
                bounded ? 6 : 0);
    var chosen = new eltwise_forward.primitive_desc(description, Attributes.plain(), cpu);
    return parts.call(
        images,
        new eltwise_forward(chosen),
        chosen,
        Map.of(),
        Map.of(dnnl.DNNL_ARG_SRC, activate.input(), dnnl.DNNL_ARG_DST, activate.output()));
  }

  private Call pool(Pool pool) {
    Window window = pool.window();
    var description =
        new pooling_forward.desc(
            INFERENCE,
            pool.max() ? dnnl.dnnl_pooling_max : dnnl.dnnl_pooling_avg_exclude_padding,
            maps(pool.input()),
            maps(pool.output()),
            window.strides(),
            window.kernel(),
            window.before(),
            window.after());
    var chosen = new pooling_forward.primitive_desc(description, Attributes.plain(), cpu);
    return parts.call(
        images,
        new pooling_forward(chosen),
        chosen,
        Map.of(),
        Map.of(dnnl.DNNL_ARG_SRC, pool.input(), dnnl.DNNL_ARG_DST, pool.output()));
  }

  private Call add(Add add) {
    var description =
        new binary.desc(
            dnnl.dnnl_binary_add, maps(add.left()), maps(add.right()), maps(add.output()));
    var chosen =
        new binary.primitive_desc(
            description, Attributes.then(new post_ops(), add.activation()), cpu);
    return parts.call(
        images,
        new binary(chosen),
        chosen,
        Map.of(),
        Map.of(
            dnnl.DNNL_ARG_SRC_0, add.left(),
            dnnl.DNNL_ARG_SRC_1, add.right(),
            dnnl.DNNL_ARG_DST, add.output()));
  }

  private Call concatenate(Concatenation concatenation) {
    int count = concatenation.inputs().size();
    memory.desc sources = new memory.desc(count);
    Map<Integer, String> arguments = new HashMap<>();
    for (int i = 0; i < count; i++) {
      String input = concatenation.inputs().get(i);
      sources.getPointer(i).put(maps(input));
      arguments.put(dnnl.DNNL_ARG_MULTIPLE_SRC + i, input);
    }
    arguments.put(dnnl.DNNL_ARG_DST, concatenation.output());
    var chosen =
        new concat.primitive_desc(
            maps(concatenation.output()), 1, sources, cpu, Attributes.plain());
    return parts.call(images, new concat(chosen), chosen, Map.of(), arguments);
  }

  private Call copyAddend(Convolution conv) {
    var chosen = new reorder.primitive_desc(cpu, maps(conv.addend()), cpu, maps(conv.output()));
    return parts.call(
        images,
        new reorder(chosen),
        chosen,
        Map.of(),
        Map.of(dnnl.DNNL_ARG_FROM, conv.addend(), dnnl.DNNL_ARG_TO, conv.output()));
  }
}
