package io.pneuma.onnx;

import static io.pneuma.computation.Step.Convolution.NO_ADDEND;
import static io.pneuma.onnx.Nodes.attribute;

import io.pneuma.computation.Network;
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
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The steps of a backbone as ONNX's operators. Feature maps are N x C x H x W throughout, tokens N
 * x C x T x 1; N is never a number, so that any batch will do.
 */
final class StepWriter {
  private static final long KEEP = 0; // In the shape of Reshape: the size that the input has.

  private final Nodes nodes;
  private final String prefix;
  private final Map<String, Shape> shapes;
  private final Map<String, String> values = new HashMap<>(); // By the steps' names, the nodes'.

  private StepWriter(Nodes nodes, String prefix, Network network) {
    this.nodes = nodes;
    this.prefix = prefix;
    this.shapes = network.shapes();
  }

  /**
   * Writes a network.
   *
   * @param prefix of all names
   * @param images the network's input
   * @return the network's output, N x C
   */
  static String write(Nodes nodes, String prefix, Network network, String images) {
    StepWriter writer = new StepWriter(nodes, prefix, network);
    writer.values.put(network.input(), images);
    network.steps().forEach(step -> writer.values.put(step.output(), writer.write(step)));
    String maps = writer.values.get(network.output());
    return nodes.add(prefix + network.output() + ".row", "Flatten", List.of(maps));
  }

  private String write(Step step) {
    String name = prefix + step.output();
    List<String> inputs = step.inputs().stream().map(values::get).toList();
    Shape shape = step.shape();
    if (step instanceof Convolution conv) {
      return convolution(name, conv, inputs);
    } else if (step instanceof Norm norm) {
      return nodes.activated(name, norm.activation(), norm(name, norm, inputs.get(0)));
    } else if (step instanceof Activate activate) {
      return nodes.activated(name, activate.activation(), inputs.get(0));
    } else if (step instanceof Pool pool) {
      return pool(name, pool, inputs);
    } else if (step instanceof Add add) {
      return nodes.activated(name, add.activation(), nodes.add(name + ".sum", "Add", inputs));
    } else if (step instanceof Concatenation) {
      return nodes.add(name, "Concat", inputs, attribute("axis", 1L));
    } else if (step instanceof Multiply) {
      return nodes.add(name, "Mul", inputs);
    } else if (step instanceof LayerNorm norm) {
      return layerNorm(name, norm, inputs.get(0));
    } else if (step instanceof Tokens tokens) {
      return tokens(name, tokens, inputs.get(0));
    } else if (step instanceof Crop) {
      return slice(name, inputs.get(0), 2, 0, 1);
    } else if (step instanceof Scores scores) {
      return scores(name, scores, inputs.get(0));
    } else if (step instanceof Softmax) {
      return nodes.add(name, "Softmax", inputs, attribute("axis", -1L));
    } else if (step instanceof Mix mix) {
      return mix(name, mix, inputs.get(0), inputs.get(1));
    } else if (step instanceof Grid grid) {
      String rest = slice(name + ".rest", inputs.get(0), 2, 1, shapes.get(grid.input()).height());
      return reshape(name, rest, KEEP, shape.channels(), shape.height(), shape.width());
    } else if (step instanceof Resample resample) {
      return resample(name, resample, inputs.get(0));
    } else if (step instanceof Flatten) {
      return reshape(name, inputs.get(0), KEEP, shape.channels(), 1, 1);
    }
    throw new UnsupportedLayerException(step.output(), step);
  }

  private String convolution(String name, Convolution conv, List<String> inputs) {
    Window window = conv.window();
    long[] kernel = window.kernel();
    long width = shapes.get(conv.input()).channels() / conv.groups();
    long[] sizes = {conv.shape().channels(), width, kernel[0], kernel[1]};
    String weights = nodes.floats(name + ".weight", conv.weights().get(), sizes);
    String bias = nodes.floats(name + ".bias", conv.bias(), conv.bias().length);
    String sums =
        nodes.add(
            name + ".conv",
            "Conv",
            List.of(inputs.get(0), weights, bias),
            attribute("kernel_shape", kernel),
            attribute("strides", window.strides()),
            attribute("pads", pads(window)),
            attribute("dilations", dilations(window)),
            attribute("group", (long) conv.groups()));
    if (!conv.addend().equals(NO_ADDEND)) {
      sums = nodes.add(name + ".sum", "Add", List.of(sums, inputs.get(1)));
    }
    return nodes.activated(name, conv.activation(), sums);
  }

  private static long[] pads(Window window) {
    long[] before = window.before();
    long[] after = window.after();
    return new long[] {before[0], before[1], after[0], after[1]};
  }

  private static long[] dilations(Window window) {
    return Arrays.stream(window.gaps()).map(gap -> gap + 1).toArray();
  }

  private String norm(String name, Norm norm, String input) {
    int channels = norm.shape().channels();
    String scale = nodes.floats(name + ".scale", norm.scale(), channels, 1, 1);
    String scaled = nodes.add(name + ".scaled", "Mul", List.of(input, scale));
    String shift = nodes.floats(name + ".shift", norm.shift(), channels, 1, 1);
    return nodes.add(name + ".shifted", "Add", List.of(scaled, shift));
  }

  private String pool(String name, Pool pool, List<String> inputs) {
    Window window = pool.window();
    return pool.max()
        ? nodes.add(
            name,
            "MaxPool",
            inputs,
            attribute("kernel_shape", window.kernel()),
            attribute("strides", window.strides()),
            attribute("pads", pads(window)),
            attribute("dilations", dilations(window)))
        : nodes.add(
            name,
            "AveragePool",
            inputs,
            attribute("kernel_shape", window.kernel()),
            attribute("strides", window.strides()));
  }

  /** ONNX normalises the last sizes, so channels become the last and then the second again. */
  private String layerNorm(String name, LayerNorm norm, String input) {
    int channels = norm.shape().channels();
    String pixels =
        nodes.add(name + ".pixels", "Transpose", List.of(input), attribute("perm", 0, 2, 3, 1));
    String gain = nodes.floats(name + ".gain", norm.gain(), channels);
    String bias = nodes.floats(name + ".bias", norm.bias(), channels);
    String normalised =
        nodes.add(
            name + ".normalised",
            "LayerNormalization",
            List.of(pixels, gain, bias),
            attribute("axis", -1L),
            attribute("epsilon", norm.epsilon()));
    return nodes.add(name, "Transpose", List.of(normalised), attribute("perm", 0, 3, 1, 2));
  }

  /** Room for the token in front, zeros; then positions are added to all, and it to the zeros. */
  private String tokens(String name, Tokens tokens, String input) {
    int channels = tokens.shape().channels();
    int count = tokens.shape().height();
    float[] added = new float[channels * count];
    for (int channel = 0; channel < channels; channel++) {
      added[channel * count] = tokens.token()[channel];
      for (int token = 1; token < count; token++) {
        added[channel * count + token] = tokens.positions()[(token - 1) * channels + channel];
      }
    }
    String row = reshape(name + ".row", input, KEEP, channels, count - 1, 1);
    String ahead = nodes.longs(0, 0, 1, 0, 0, 0, 0, 0);
    String room = nodes.add(name + ".room", "Pad", List.of(row, ahead));
    String positions = nodes.floats(name + ".positions", added, channels, count, 1);
    return nodes.add(name, "Add", List.of(room, positions));
  }

  /** Of queries (0), keys (1) or values (2) those of each head, N x heads x width x tokens. */
  private String part(String name, int which, int heads, Shape shape, String input) {
    long width = shape.channels() / (3L * heads);
    String all = reshape(name + ".heads", input, KEEP, 3L * heads, width, shape.height());
    return slice(name, all, 1, (long) which * heads, (which + 1L) * heads);
  }

  private String scores(String name, Scores scores, String input) {
    int heads = scores.shape().channels();
    Shape given = shapes.get(scores.input());
    String queries = part(name + ".queries", 0, heads, given, input);
    if (scores.shape().height() < given.height()) { // The first tokens alone ask.
      queries = slice(name + ".asking", queries, 3, 0, scores.shape().height());
    }
    String turned =
        nodes.add(name + ".turned", "Transpose", List.of(queries), attribute("perm", 0, 1, 3, 2));
    String keys = part(name + ".keys", 1, heads, given, input);
    String products = nodes.add(name + ".products", "MatMul", List.of(turned, keys));
    double width = given.channels() / (3.0 * heads);
    String factor = nodes.number((float) (1 / Math.sqrt(width)));
    return nodes.add(name, "Mul", List.of(products, factor));
  }

  private String mix(String name, Mix mix, String weights, String input) {
    int heads = shapes.get(mix.weights()).channels();
    String of = part(name + ".values", 2, heads, shapes.get(mix.input()), input);
    String turned =
        nodes.add(name + ".turned", "Transpose", List.of(weights), attribute("perm", 0, 1, 3, 2));
    String mixed = nodes.add(name + ".mixed", "MatMul", List.of(of, turned));
    return reshape(name, mixed, KEEP, mix.shape().channels(), mix.shape().height(), 1);
  }

  private String resample(String name, Resample resample, String input) {
    Shape shape = resample.shape();
    int from = shapes.get(resample.input()).pixels();
    float[] turned = new float[from * shape.pixels()];
    for (int pixel = 0; pixel < shape.pixels(); pixel++) {
      for (int other = 0; other < from; other++) {
        turned[other * shape.pixels() + pixel] = resample.shares()[pixel][other];
      }
    }
    String rows = reshape(name + ".rows", input, KEEP, shape.channels(), from);
    String shares = nodes.floats(name + ".shares", turned, from, shape.pixels());
    String mixed = nodes.add(name + ".mixed", "MatMul", List.of(rows, shares));
    return reshape(name, mixed, KEEP, shape.channels(), shape.height(), shape.width());
  }

  private String slice(String name, String input, long axis, long from, long to) {
    return nodes.add(
        name, "Slice", List.of(input, nodes.longs(from), nodes.longs(to), nodes.longs(axis)));
  }

  private String reshape(String name, String input, long... sizes) {
    return nodes.add(name, "Reshape", List.of(input, nodes.longs(sizes)));
  }
}
