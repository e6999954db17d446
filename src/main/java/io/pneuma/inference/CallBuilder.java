package io.pneuma.inference;

import io.pneuma.computation.Activation;
import io.pneuma.computation.Layout;
import io.pneuma.computation.Shape;
import io.pneuma.computation.Step;
import io.pneuma.computation.Step.Activate;
import io.pneuma.computation.Step.Add;
import io.pneuma.computation.Step.Concatenation;
import io.pneuma.computation.Step.Convolution;
import io.pneuma.computation.Step.Crop;
import io.pneuma.computation.Step.Flatten;
import io.pneuma.computation.Step.Grid;
import io.pneuma.computation.Step.LayerNorm;
import io.pneuma.computation.Step.Mix;
import io.pneuma.computation.Step.Multiply;
import io.pneuma.computation.Step.Norm;
import io.pneuma.computation.Step.Pool;
import io.pneuma.computation.Step.Resample;
import io.pneuma.computation.Step.Scores;
import io.pneuma.computation.Step.Softmax;
import io.pneuma.computation.Step.Tokens;
import io.pneuma.computation.UnsupportedLayerException;
import io.pneuma.computation.Window;
import io.pneuma.inference.Call.Operand;
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
import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.data_type;
import org.bytedeco.dnnl.memory.format_tag;
import org.bytedeco.dnnl.pooling_forward;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive;
import org.bytedeco.dnnl.primitive_desc_base;

/** Makes oneDNN's primitives for steps. */
final class CallBuilder {
  static final int INFERENCE = dnnl.dnnl_forward_inference;

  private final OneDnn oneDnn;
  private final engine cpu;
  private final Map<String, Shape> shapes;
  private final Layout layout;
  private final Placement placement;
  private final int images;
  private final NativeParts parts;
  private final ConvolutionBuilder convolutions;
  private final TokenBuilder tokens;

  /**
   * For a network.
   *
   * @param alone whether a call has one thread to itself
   */
  CallBuilder(
      OneDnn oneDnn,
      Map<String, Shape> shapes,
      Layout layout,
      Placement placement,
      int images,
      boolean alone,
      NativeParts parts) {
    this.oneDnn = oneDnn;
    this.cpu = oneDnn.cpu();
    this.shapes = shapes;
    this.layout = layout;
    this.placement = placement;
    this.images = images;
    this.parts = parts;
    this.convolutions = new ConvolutionBuilder(oneDnn, shapes, layout, images, alone, parts);
    this.tokens = new TokenBuilder(cpu, shapes, images, parts);
  }

  /** What computes a step: nothing where its output is there already. */
  List<Call> calls(Step step) {
    return NativeParts.scoped(() -> made(step));
  }

  private List<Call> made(Step step) {
    if (step instanceof Convolution conv) {
      Call sum = convolutions.call(conv);
      return placement.isReady(conv) ? List.of(sum) : List.of(copyAddend(conv), sum);
    } else if (step instanceof Concatenation all) {
      return placement.isFree(all) ? List.of() : List.of(concatenate(all));
    } else if (step instanceof Norm norm) {
      return List.of(norm(norm));
    } else if (step instanceof Activate activate) {
      return List.of(activate(activate));
    } else if (step instanceof Pool pool) {
      return List.of(pool(pool));
    } else if (step instanceof Add add) {
      return List.of(add(add));
    } else if (step instanceof Multiply multiply) {
      return List.of(multiply(multiply));
    } else if (step instanceof LayerNorm norm) {
      return List.of(tokens.norm(norm));
    } else if (step instanceof Tokens row) {
      return tokens.row(row);
    } else if (step instanceof Crop crop) {
      return List.of(tokens.crop(crop));
    } else if (step instanceof Grid grid) {
      return List.of(tokens.grid(grid));
    } else if (step instanceof Resample resample) {
      return List.of(resample(resample));
    } else if (step instanceof Flatten flatten) {
      return List.of(flatten(flatten));
    } else if (step instanceof Scores scores) {
      return List.of(tokens.scores(scores));
    } else if (step instanceof Softmax softmax) {
      return List.of(tokens.softmax(softmax));
    } else if (step instanceof Mix mix) {
      return List.of(tokens.mix(mix));
    }
    throw new UnsupportedLayerException(step.output(), step);
  }

  private memory.desc maps(String name) {
    return oneDnn.maps(images, shapes.get(name), layout);
  }

  private Operand whole(String name) {
    return new Operand(name, maps(name), 0);
  }

  /** A call without parameters of one input. */
  private Call plain(primitive code, primitive_desc_base chosen, String input, String output) {
    return parts.call(
        images,
        code,
        chosen,
        Map.of(),
        Map.of(dnnl.DNNL_ARG_SRC, whole(input), dnnl.DNNL_ARG_DST, whole(output)));
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
            parts.parameter(joined(norm.scale(), norm.shift()), pair, pair)),
        Map.of(dnnl.DNNL_ARG_SRC, whole(norm.input()), dnnl.DNNL_ARG_DST, whole(norm.output())));
  }

  /** One behind the other. */
  static float[] joined(float[] first, float[] second) {
    float[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  private Call activate(Activate activate) {
    Activation kind = activate.activation();
    var description =
        new eltwise_forward.desc(
            INFERENCE, kind.algorithm, maps(activate.input()), kind.alpha, kind.beta);
    var chosen = new eltwise_forward.primitive_desc(description, Attributes.plain(), cpu);
    return plain(new eltwise_forward(chosen), chosen, activate.input(), activate.output());
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
    return plain(new pooling_forward(chosen), chosen, pool.input(), pool.output());
  }

  private Call add(Add add) {
    return binary(dnnl.dnnl_binary_add, add.left(), add.right(), add.output(), add.activation());
  }

  private Call multiply(Multiply multiply) {
    return binary(
        dnnl.dnnl_binary_mul,
        multiply.maps(),
        multiply.numbers(),
        multiply.output(),
        Activation.IDENTITY);
  }

  private Call binary(
      int algorithm, String left, String right, String output, Activation activation) {
    var chosen =
        new binary.primitive_desc(
            new binary.desc(algorithm, maps(left), maps(right), maps(output)),
            Attributes.then(new post_ops(), activation),
            cpu);
    return parts.call(
        images,
        new binary(chosen),
        chosen,
        Map.of(),
        Map.of(
            dnnl.DNNL_ARG_SRC_0, whole(left),
            dnnl.DNNL_ARG_SRC_1, whole(right),
            dnnl.DNNL_ARG_DST, whole(output)));
  }

  private Call concatenate(Concatenation concatenation) {
    int count = concatenation.inputs().size();
    memory.desc sources = new memory.desc(count);
    Map<Integer, Operand> arguments = new HashMap<>();
    for (int i = 0; i < count; i++) {
      String input = concatenation.inputs().get(i);
      sources.getPointer(i).put(maps(input));
      arguments.put(dnnl.DNNL_ARG_MULTIPLE_SRC + i, whole(input));
    }
    arguments.put(dnnl.DNNL_ARG_DST, whole(concatenation.output()));
    var chosen =
        new concat.primitive_desc(
            maps(concatenation.output()), 1, sources, cpu, Attributes.plain());
    return parts.call(images, new concat(chosen), chosen, Map.of(), arguments);
  }

  private Call resample(Resample resample) {
    int channels = resample.shape().channels();
    int together = layout == Layout.ROWS ? channels : oneDnn.block();
    long groups = (long) images * ((channels + together - 1) / together);
    Mixture mixture = Mixture.of(oneDnn, resample.shares(), groups, together);
    return parts.call(
        images,
        new matmul(mixture.code()),
        mixture.code(),
        Map.of(
            dnnl.DNNL_ARG_SRC,
            parts.parameter(mixture.values(), mixture.shares(), mixture.shares())),
        Map.of(
            dnnl.DNNL_ARG_WEIGHTS, new Operand(resample.input(), mixture.given(), 0),
            dnnl.DNNL_ARG_DST, new Operand(resample.output(), mixture.made(), 0)));
  }

  private Call flatten(Flatten flatten) {
    Shape from = shapes.get(flatten.input());
    long image = oneDnn.bytes(1, flatten.shape(), layout) / Float.BYTES;
    memory.desc plain =
        new memory.desc(
            new long[] {images, from.channels(), from.height(), from.width()},
            data_type.f32,
            new long[] {image, from.pixels(), from.width(), 1});
    return parts.copy(images, whole(flatten.input()), new Operand(flatten.output(), plain, 0));
  }

  private Call copyAddend(Convolution conv) {
    return parts.copy(images, whole(conv.addend()), whole(conv.output()));
  }
}
