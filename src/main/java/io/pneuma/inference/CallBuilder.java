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
import io.pneuma.inference.Call.Operand;
import io.pneuma.onednn.After;
import io.pneuma.onednn.Argument;
import io.pneuma.onednn.Form;
import io.pneuma.onednn.NativeParts;
import io.pneuma.onednn.OneDnn;
import io.pneuma.onednn.Primitive;
import io.pneuma.onednn.Primitives;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Makes oneDNN's primitives for steps. */
final class CallBuilder {
  private final OneDnn oneDnn;
  private final Primitives primitives;
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
    this.primitives = new Primitives(oneDnn);
    this.shapes = shapes;
    this.layout = layout;
    this.placement = placement;
    this.images = images;
    this.parts = parts;
    this.convolutions = new ConvolutionBuilder(oneDnn, shapes, layout, images, alone, parts);
    this.tokens = new TokenBuilder(primitives, shapes, images, parts);
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

  private Form maps(String name) {
    return oneDnn.maps(images, shapes.get(name), layout);
  }

  private Operand whole(String name) {
    return new Operand(name, maps(name), 0);
  }

  private Call call(Primitive primitive, Map<Integer, Operand> maps) {
    return Call.of(parts, images, primitive, Map.of(), maps);
  }

  /** A call of one input. */
  private Call plain(Primitive primitive, String input, String output) {
    return call(primitive, Map.of(Argument.SOURCE, whole(input), Argument.TARGET, whole(output)));
  }

  private Call copy(Operand from, Operand to) {
    return Call.copy(parts, images, primitives, from, to);
  }

  private Call norm(Norm norm) {
    int channels = norm.shape().channels();
    float[] ones = new float[channels];
    Arrays.fill(ones, 1);
    Form each = Form.dense(channels);
    Form pair = Form.dense(2, channels);
    boolean relu = norm.activation() == Activation.RELU;
    return Call.of(
        parts,
        images,
        primitives.batchNorm(maps(norm.input()), 0, relu),
        Map.of(
            Argument.MEAN,
            parts.parameter(new float[channels], each, each),
            Argument.VARIANCE,
            parts.parameter(ones, each, each),
            Argument.SCALE_SHIFT,
            parts.parameter(joined(norm.scale(), norm.shift()), pair, pair)),
        Map.of(Argument.SOURCE, whole(norm.input()), Argument.TARGET, whole(norm.output())));
  }

  /** One behind the other. */
  static float[] joined(float[] first, float[] second) {
    float[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  private Call activate(Activate activate) {
    return plain(
        primitives.activation(maps(activate.input()), activate.activation()),
        activate.input(),
        activate.output());
  }

  private Call pool(Pool pool) {
    return plain(
        primitives.pooling(
            maps(pool.input()), maps(pool.output()), pool.window(), pool.max(), false),
        pool.input(),
        pool.output());
  }

  private Call add(Add add) {
    Primitive sum =
        primitives.sum(
            maps(add.left()), maps(add.right()), maps(add.output()), After.of(add.activation()));
    return ofTwo(sum, add.left(), add.right(), add.output());
  }

  private Call multiply(Multiply multiply) {
    Primitive product =
        primitives.product(
            maps(multiply.maps()), maps(multiply.numbers()), maps(multiply.output()));
    return ofTwo(product, multiply.maps(), multiply.numbers(), multiply.output());
  }

  private Call ofTwo(Primitive primitive, String left, String right, String output) {
    return call(
        primitive,
        Map.of(
            Argument.SOURCE, whole(left),
            Argument.SECOND_SOURCE, whole(right),
            Argument.TARGET, whole(output)));
  }

  private Call concatenate(Concatenation concatenation) {
    List<String> inputs = concatenation.inputs();
    Map<Integer, Operand> arguments = new HashMap<>();
    for (int i = 0; i < inputs.size(); i++) {
      arguments.put(Argument.source(i), whole(inputs.get(i)));
    }
    arguments.put(Argument.TARGET, whole(concatenation.output()));
    List<Form> sources = inputs.stream().map(this::maps).toList();
    return call(primitives.concatenation(sources, maps(concatenation.output())), arguments);
  }

  private Call resample(Resample resample) {
    int channels = resample.shape().channels();
    int together = layout == Layout.ROWS ? channels : oneDnn.block();
    long groups = (long) images * ((channels + together - 1) / together);
    Mixture mixture = Mixture.of(oneDnn, resample.shares(), groups, together);
    return Call.of(
        parts,
        images,
        mixture.code(),
        Map.of(
            Argument.SOURCE, parts.parameter(mixture.values(), mixture.shares(), mixture.shares())),
        Map.of(
            Argument.WEIGHTS, new Operand(resample.input(), mixture.given(), 0),
            Argument.TARGET, new Operand(resample.output(), mixture.made(), 0)));
  }

  private Call flatten(Flatten flatten) {
    Shape from = shapes.get(flatten.input());
    long image = oneDnn.bytes(1, flatten.shape(), layout) / Float.BYTES;
    long[] sizes = {images, from.channels(), from.height(), from.width()};
    Form plain = Form.strided(sizes, image, from.pixels(), from.width(), 1);
    return copy(whole(flatten.input()), new Operand(flatten.output(), plain, 0));
  }

  private Call copyAddend(Convolution conv) {
    return copy(whole(conv.addend()), whole(conv.output()));
  }
}
