package io.pneuma.computation;

import static io.pneuma.computation.Step.Convolution.NO_ADDEND;

import io.pneuma.computation.Window.Side;
import io.pneuma.layers.ChannelNorm;
import io.pneuma.layers.ChannelScale;
import io.pneuma.layers.ClassToken;
import io.pneuma.layers.FirstToken;
import io.pneuma.layers.FlatMaps;
import io.pneuma.layers.Gate;
import io.pneuma.layers.GroupedConvolution;
import io.pneuma.layers.MapLayer;
import io.pneuma.layers.Pointwise;
import io.pneuma.layers.TokenAttention;
import io.pneuma.layers.TokenGrid;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.FrozenVertex;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.graph.ScaleVertex;
import org.deeplearning4j.nn.conf.graph.SubsetVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DepthwiseConvolution2D;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SeparableConvolution2D;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.ZeroPaddingLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Reads what a graph computes, vertex by vertex, into steps. */
public final class GraphReader {
  private static final String LINEAR = ".linear";
  private static final String DEPTHWISE = ".depthwise";
  private static final String SCORES = ".scores";
  private static final String WEIGHTS = ".weights";
  private static final String SCALED = ".scaled";
  private static final int[] HEIGHT_AND_WIDTH = {2, 3};

  private final ComputationGraph graph;
  private final boolean all; // Whether layers count that nothing here computes.
  private final List<Step> steps = new ArrayList<>();
  private final Map<String, Shape> shapes = new HashMap<>();

  private GraphReader(ComputationGraph graph, boolean all) {
    this.graph = graph;
    this.all = all;
  }

  /** Numbers that each vertex of a graph gives of an image of some shape. */
  public static LongStream activations(ComputationGraph graph, Shape image) {
    InputType type = InputType.convolutional(image.height(), image.width(), image.channels());
    return graph.getConfiguration().getLayerActivationTypes(type).values().stream()
        .mapToLong(InputType::arrayElementsPerExample);
  }

  /**
   * Reads a graph.
   *
   * @param image shape of its one input
   * @throws UnsupportedLayerException when a layer is no step, or none in the way it is set up
   */
  public static Network read(ComputationGraph graph, Shape image) {
    ComputationGraphConfiguration conf = graph.getConfiguration();
    if (conf.getNetworkInputs().size() != 1 || conf.getNetworkOutputs().size() != 1) {
      throw new UnsupportedLayerException("the graph", "more than one input or output");
    }
    String input = conf.getNetworkInputs().get(0);
    return read(graph, input, image, conf.getNetworkOutputs().get(0));
  }

  /**
   * Reads the part of a graph that leads from one vertex to another.
   *
   * @param input where the part begins, the one vertex that it does not compute itself
   * @param image shape of the input
   * @throws UnsupportedLayerException when a layer is no step, or none in the way it is set up
   */
  public static Network read(ComputationGraph graph, String input, Shape image, String output) {
    return new GraphReader(graph, false).read(input, image, output);
  }

  /**
   * The same for a description that nothing here computes: also of separable convolutions and of
   * padding, which inference and training leave to Deeplearning4j's layers.
   *
   * @throws UnsupportedLayerException when a layer is no step, or none in the way it is set up
   */
  public static Network describe(ComputationGraph graph, String input, Shape image, String output) {
    return new GraphReader(graph, true).read(input, image, output);
  }

  /** The vertex from which a step was read. */
  public static String vertex(Step step) {
    String name = step.output();
    for (String part : List.of(LINEAR, DEPTHWISE, SCORES, WEIGHTS, SCALED)) {
      if (name.endsWith(part)) {
        return name.substring(0, name.length() - part.length());
      }
    }
    return name;
  }

  private Network read(String input, Shape image, String output) {
    ComputationGraphConfiguration conf = graph.getConfiguration();
    Set<String> needed = new HashSet<>(Set.of(input));
    Deque<String> open = new ArrayDeque<>(List.of(output));
    while (!open.isEmpty()) {
      String name = open.pop();
      if (needed.add(name)) {
        List<String> inputs = conf.getVertexInputs().get(name);
        if (inputs == null) {
          throw new UnsupportedLayerException(name, "an input besides " + input);
        }
        inputs.forEach(open::push);
      }
    }
    shapes.put(input, image);
    for (int index : graph.topologicalSortOrder()) {
      String name = graph.getVertices()[index].getVertexName();
      if (needed.contains(name) && !name.equals(input)) {
        read(name, conf.getVertices().get(name), conf.getVertexInputs().get(name));
      }
    }
    return new Network(input, image, steps, output);
  }

  private void read(String name, GraphVertex vertex, List<String> inputs) {
    GraphVertex kind = vertex instanceof FrozenVertex frozen ? frozen.getUnderlying() : vertex;
    Shape shape = shapes.get(inputs.get(0));
    if (kind instanceof LayerVertex layer) {
      require(layer.getPreProcessor() == null, name, layer.getPreProcessor());
      readLayer(name, layer.getLayerConf().getLayer(), inputs.get(0), shape);
    } else if (kind instanceof MergeVertex) {
      int channels = inputs.stream().mapToInt(other -> shapes.get(other).channels()).sum();
      Shape joined = new Shape(channels, shape.height(), shape.width());
      add(new Step.Concatenation(name, List.copyOf(inputs), joined));
    } else if (kind instanceof Gate) {
      Shape numbers = shapes.get(inputs.get(1));
      require(numbers.equals(new Shape(shape.channels(), 1, 1)), name, kind);
      add(new Step.Multiply(name, inputs.get(0), inputs.get(1), shape));
    } else if (kind instanceof ElementWiseVertex elements) {
      boolean sum = elements.getOp() == ElementWiseVertex.Op.Add && inputs.size() == 2;
      require(sum && shape.equals(shapes.get(inputs.get(1))), name, elements.getOp());
      add(new Step.Add(name, inputs.get(0), inputs.get(1), shape, Activation.IDENTITY));
    } else if (kind instanceof SubsetVertex subset) {
      selectChannels(name, inputs.get(0), shape, subset.getFrom(), subset.getTo(), 1);
    } else if (kind instanceof ScaleVertex scale) {
      selectChannels(
          name, inputs.get(0), shape, 0, shape.channels() - 1, (float) scale.getScaleFactor());
    } else {
      throw new UnsupportedLayerException(name, kind);
    }
  }

  /** Some channels times a factor, as a 1 x 1 convolution. */
  private void selectChannels(
      String name, String input, Shape shape, int from, int to, float factor) {
    int channels = to - from + 1;
    float[] weights = new float[channels * shape.channels()];
    for (int channel = 0; channel < channels; channel++) {
      weights[channel * shape.channels() + from + channel] = factor;
    }
    Window window = Window.pixel();
    float[] bias = new float[channels];
    addConvolution(name, input, window.output(channels, shape), window, 1, weights::clone, bias);
  }

  private void readLayer(String name, Layer wrapped, String input, Shape shape) {
    Layer layer = wrapped instanceof FrozenLayer frozen ? frozen.getLayer() : wrapped;
    if (layer.getClass() == ConvolutionLayer.class) {
      readConvolution(name, (ConvolutionLayer) layer, input, shape, false);
    } else if (layer instanceof DepthwiseConvolution2D depthwise) {
      readConvolution(name, depthwise, input, shape, true);
    } else if (all && layer instanceof SeparableConvolution2D separable) {
      readSeparable(name, separable, input, shape);
    } else if (all && layer instanceof ZeroPaddingLayer padding) {
      readPadding(name, padding, input, shape);
    } else if (layer instanceof BatchNormalization norm) {
      readNorm(name, norm, input, shape);
    } else if (layer instanceof ActivationLayer activation) {
      add(new Step.Activate(name, input, shape, Activation.of(name, activation.getActivationFn())));
    } else if (layer.getClass() == SubsamplingLayer.class) {
      readPool(name, (SubsamplingLayer) layer, input, shape);
    } else if (layer instanceof GlobalPoolingLayer pool) {
      int[] sides = pool.getPoolingDimensions();
      require(
          pool.getPoolingType() == PoolingType.AVG
              && (sides == null || Arrays.equals(sides, HEIGHT_AND_WIDTH)),
          name,
          pool);
      Shape point = new Shape(shape.channels(), 1, 1);
      add(new Step.Pool(name, input, point, Window.whole(shape), false));
    } else if (layer instanceof MapLayer own) {
      readOwn(name, own, input, shape);
    } else {
      throw new UnsupportedLayerException(name, layer);
    }
  }

  private void readOwn(String name, MapLayer layer, String input, Shape shape) {
    if (layer instanceof ChannelNorm norm) {
      float[] gain = floats(parameter(name, "W"));
      float[] bias = floats(parameter(name, "b"));
      add(new Step.LayerNorm(name, input, shape, gain, bias, (float) norm.getEpsilon()));
    } else if (layer instanceof ChannelScale) {
      float[] scale = floats(parameter(name, "W"));
      float[] shift = new float[scale.length];
      add(new Step.Norm(name, input, shape, scale, shift, Activation.IDENTITY));
    } else if (layer instanceof Pointwise pointwise) {
      add(new Step.Activate(name, input, shape, Activation.of(pointwise.getKind())));
    } else if (layer instanceof GroupedConvolution grouped) {
      int pad = grouped.getPad();
      Side side = new Side(grouped.getKernel(), grouped.getStride(), pad, pad);
      Window window = new Window(side, side);
      INDArray weights = parameter(name, "W");
      Shape output = window.output(grouped.getOutputs(), shape);
      float[] bias = new float[grouped.getOutputs()];
      addConvolution(name, input, output, window, grouped.getGroups(), () -> floats(weights), bias);
    } else if (layer instanceof ClassToken) {
      float[] token = floats(parameter(name, "token"));
      float[] positions = floats(parameter(name, "positions"));
      for (int channel = 0; channel < token.length; channel++) {
        token[channel] += positions[channel];
      }
      float[] rest = Arrays.copyOfRange(positions, token.length, positions.length);
      Shape row = new Shape(shape.channels(), shape.pixels() + 1, 1);
      add(new Step.Tokens(name, input, row, token, rest));
    } else if (layer instanceof FirstToken) {
      require(shape.width() == 1, name, layer);
      add(new Step.Crop(name, input, new Shape(shape.channels(), 1, 1)));
    } else if (layer instanceof TokenGrid) {
      int side = TokenGrid.side(shape.height());
      require(shape.width() == 1, name, layer);
      add(new Step.Grid(name, input, new Shape(shape.channels(), side, side)));
    } else if (layer instanceof FlatMaps flat) {
      int side = flat.getSide();
      Shape maps = new Shape(shape.channels(), side, side);
      if (!shape.equals(maps)) {
        float[][] shares = flat.shares(shape.height(), shape.width());
        add(new Step.Resample(name + SCALED, input, maps, shares));
      }
      Shape row = new Shape(shape.channels() * side * side, 1, 1);
      add(new Step.Flatten(name, shape.equals(maps) ? input : name + SCALED, row));
    } else if (layer instanceof TokenAttention attention) {
      require(shape.width() == 1, name, layer);
      int tokens = shape.height();
      Shape weights = new Shape(attention.getHeads(), tokens, tokens);
      add(new Step.Scores(name + SCORES, input, weights));
      add(new Step.Softmax(name + WEIGHTS, name + SCORES, weights));
      Shape mixed = new Shape(shape.channels() / 3, tokens, 1);
      add(new Step.Mix(name, name + WEIGHTS, input, mixed));
    } else {
      throw new UnsupportedLayerException(name, layer);
    }
  }

  private void readConvolution(
      String name, ConvolutionLayer layer, String input, Shape shape, boolean depthwise) {
    INDArray stored = parameter(name, "W");
    // Depthwise weights are stored as kernel height x width x channel x multiplier.
    INDArray weights = depthwise ? stored.permute(2, 3, 0, 1) : stored;
    long channels = depthwise ? weights.size(0) * weights.size(1) : weights.size(0);
    Window window = window(name, layer, shape);
    Shape output = window.output(Math.toIntExact(channels), shape);
    int groups = depthwise ? shape.channels() : 1;
    addActivated(name, layer, input, output, window, groups, weights);
  }

  /** Each channel by itself, then single pixels. */
  private void readSeparable(String name, SeparableConvolution2D layer, String input, Shape shape) {
    require(layer.getDepthMultiplier() == 1, name, layer);
    INDArray each = parameter(name, "W"); // 1 x channel x kernel height x width.
    Window window = window(name, layer, shape);
    Shape maps = window.output(shape.channels(), shape);
    String between = name + DEPTHWISE;
    float[] bias = new float[shape.channels()];
    addConvolution(between, input, maps, window, shape.channels(), () -> floats(each), bias);
    INDArray mixing = parameter(name, "pW");
    Shape output = new Shape(Math.toIntExact(mixing.size(0)), maps.height(), maps.width());
    addActivated(name, layer, between, output, Window.pixel(), 1, mixing);
  }

  private static Window window(String name, ConvolutionLayer layer, Shape shape) {
    require(layer.getCnn2dDataFormat() == CNN2DFormat.NCHW, name, layer);
    return Padding.window(
        name,
        shape,
        layer.getKernelSize(),
        layer.getStride(),
        layer.getPadding(),
        layer.getDilation(),
        layer.getConvolutionMode());
  }

  /** With the layer's bias and activation. */
  private void addActivated(
      String name,
      ConvolutionLayer layer,
      String input,
      Shape output,
      Window window,
      int groups,
      INDArray weights) {
    float[] bias = layer.hasBias() ? floats(parameter(name, "b")) : new float[output.channels()];
    Activation activation = Activation.of(name, layer.getActivationFn());
    boolean plain = activation == Activation.IDENTITY;
    String linear = plain ? name : name + LINEAR;
    addConvolution(linear, input, output, window, groups, () -> floats(weights), bias);
    if (!plain) {
      add(new Step.Activate(name, linear, output, activation));
    }
  }

  /** Zeros around the maps, as a convolution that leaves each pixel as it is. */
  private void readPadding(String name, ZeroPaddingLayer layer, String input, Shape shape) {
    require(layer.getDataFormat() == CNN2DFormat.NCHW, name, layer);
    int[] around = layer.getPadding(); // Top, bottom, left, right.
    Window window =
        new Window(new Side(1, 1, around[0], around[1]), new Side(1, 1, around[2], around[3]));
    int channels = shape.channels();
    float[] ones = new float[channels];
    Arrays.fill(ones, 1);
    Shape output = window.output(channels, shape);
    addConvolution(name, input, output, window, channels, ones::clone, new float[channels]);
  }

  private void addConvolution(
      String name,
      String input,
      Shape shape,
      Window window,
      int groups,
      Supplier<float[]> weights,
      float[] bias) {
    add(
        new Step.Convolution(
            name, input, NO_ADDEND, shape, window, groups, weights, bias, Activation.IDENTITY));
  }

  private void readNorm(String name, BatchNormalization norm, String input, Shape shape) {
    require(norm.getCnn2DFormat() == CNN2DFormat.NCHW, name, norm);
    boolean locked = norm.isLockGammaBeta();
    float[] mean = floats(parameter(name, "mean"));
    float[] deviations = floats(parameter(name, norm.isUseLogStd() ? "log10stdev" : "var"));
    float[] gamma = locked ? null : floats(parameter(name, "gamma"));
    float[] beta = locked ? null : floats(parameter(name, "beta"));
    float[] scale = new float[mean.length];
    float[] shift = new float[mean.length];
    for (int i = 0; i < mean.length; i++) {
      double variance = norm.isUseLogStd() ? Math.pow(10, 2 * deviations[i]) : deviations[i];
      double factor = (locked ? norm.getGamma() : gamma[i]) / Math.sqrt(variance + norm.getEps());
      scale[i] = (float) factor;
      shift[i] = (float) ((locked ? norm.getBeta() : beta[i]) - mean[i] * factor);
    }
    add(new Step.Norm(name, input, shape, scale, shift, Activation.IDENTITY));
  }

  private void readPool(String name, SubsamplingLayer layer, String input, Shape shape) {
    boolean max = layer.getPoolingType() == PoolingType.MAX;
    require(max || layer.getPoolingType() == PoolingType.AVG, name, layer);
    require(layer.getCnn2dDataFormat() == CNN2DFormat.NCHW, name, layer);
    Window window =
        Padding.window(
            name,
            shape,
            layer.getKernelSize(),
            layer.getStride(),
            layer.getPadding(),
            layer.getDilation(),
            layer.getConvolutionMode());
    require(max || !window.isPadded(), name, "a padded average");
    add(new Step.Pool(name, input, window.output(shape.channels(), shape), window, max));
  }

  private void add(Step step) {
    steps.add(step);
    shapes.put(step.output(), step.shape());
  }

  private INDArray parameter(String layer, String key) {
    return graph.getLayer(layer).getParam(key);
  }

  private static float[] floats(INDArray values) {
    return values.castTo(DataType.FLOAT).dup('c').data().asFloat();
  }

  private static void require(boolean known, String name, Object kind) {
    if (!known) {
      throw new UnsupportedLayerException(name, kind);
    }
  }
}
