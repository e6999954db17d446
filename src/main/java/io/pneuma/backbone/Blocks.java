package io.pneuma.backbone;

import io.pneuma.layers.Gate;
import io.pneuma.layers.Pointwise;
import java.util.Arrays;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.distribution.NormalDistribution;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.FrozenVertex;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.graph.ScaleVertex;
import org.deeplearning4j.nn.conf.graph.SubsetVertex;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DepthwiseConvolution2D;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.linalg.activations.Activation;

/**
 * The one place that makes the layers of backbones: convolution, normalisation, activation,
 * pooling. A layer with parameters is named by its path in the publisher's files, behind the
 * backbone's prefix, so that weights find it. Each method adds to the graph after {@code input} and
 * returns the name added.
 */
final class Blocks {
  private final GraphBuilder graph;
  private final String prefix;
  private final boolean onMaps;
  private boolean frozen;

  /** Blocks for a backbone that gives a vector. */
  Blocks(GraphBuilder graph, String prefix) {
    this(graph, prefix, false);
  }

  /**
   * Blocks for a backbone.
   *
   * @param prefix goes before each name
   * @param onMaps whether maps are wanted of the last stage rather than what a vector is made of
   */
  Blocks(GraphBuilder graph, String prefix, boolean onMaps) {
    this.graph = graph;
    this.prefix = prefix;
    this.onMaps = onMaps;
  }

  /** Whether maps are wanted of the last stage rather than what a vector is made of. */
  boolean isOnMaps() {
    return onMaps;
  }

  /** Whether what is added from here on keeps its parameters and its stored statistics. */
  void frozen(boolean frozen) {
    this.frozen = frozen;
  }

  /** A square convolution: output channels, kernel side, stride and zero padding in pixels. */
  record Conv(int channels, int kernel, int stride, int padding) {
    static Conv of(int channels, int kernel, int stride) {
      return new Conv(channels, kernel, stride, kernel / 2);
    }
  }

  String convNormRelu(String convName, String normName, String input, Conv conv) {
    return relu(normName, convNorm(convName, normName, input, conv));
  }

  String convNorm(String convName, String normName, String input, Conv conv) {
    return norm(normName, convolution(convName, input, conv, false));
  }

  /** Normalisation and activation before the convolution, as DenseNet has it. */
  String normReluConv(String normName, String convName, String input, Conv conv) {
    return convolution(convName, normRelu(normName, input), conv, false);
  }

  String normRelu(String name, String input) {
    return relu(name, norm(name, input));
  }

  /** As {@link #convNormRelu} with an activation that ends at 6, as the MobileNets have it. */
  String convNormRelu6(String convName, String normName, String input, Conv conv) {
    return relu6(normName, convNorm(convName, normName, input, conv));
  }

  /** A 3 x 3 convolution of each channel by itself, normalisation, activation up to 6. */
  String depthwiseNormRelu6(String convName, String normName, String input, int stride) {
    return relu6(normName, norm(normName, depthwise(convName, input, 3, stride, false)));
  }

  /** A square convolution of each channel by itself, padded by half of the kernel. */
  String depthwise(String name, String input, int kernel, int stride, boolean bias) {
    return layer(
        name,
        new DepthwiseConvolution2D.Builder(kernel, kernel)
            .stride(stride, stride)
            .padding(kernel / 2, kernel / 2)
            .convolutionMode(ConvolutionMode.Truncate)
            .hasBias(bias)
            .activation(Activation.IDENTITY)
            // He's; WeightInit.RELU would take all channels for the inputs of one.
            .weightInit(new NormalDistribution(0, Math.sqrt(2.0 / (kernel * kernel))))
            .build(),
        input);
  }

  /** Each channel times a number that all of them decide (squeeze and excitation). */
  String gate(String squeeze, String excite, String input, int squeezed, int channels) {
    String mean = mean(squeeze + ".mean", input);
    String narrow = swish(squeeze, biased(squeeze, mean, new Conv(squeezed, 1, 1, 0)));
    String wide = biased(excite, narrow, new Conv(channels, 1, 1, 0));
    String sigmoid = layer(excite + ".sigmoid", new ActivationLayer(Activation.SIGMOID), wide);
    return vertex(excite + ".gate", new Gate(), input, sigmoid);
  }

  /** The mean over all positions as a map of one pixel: B x C x H x W to B x C x 1 x 1. */
  String mean(String name, String input) {
    return layer(
        name,
        new GlobalPoolingLayer.Builder(PoolingType.AVG).collapseDimensions(false).build(),
        input);
  }

  /** A convolution with bias and nothing else. */
  String biased(String name, String input, Conv conv) {
    return convolution(name, input, conv, true);
  }

  String swish(String name, String input) {
    return layer(name + ".swish", new ActivationLayer(Activation.SWISH), input);
  }

  String gelu(String name, String input) {
    return layer(name + ".gelu", new Pointwise(Pointwise.Kind.GELU), input);
  }

  private String relu6(String name, String input) {
    return layer(name + ".relu6", new ActivationLayer(Activation.RELU6), input);
  }

  /** A convolution with bias and no normalisation, then the activation, as SqueezeNet has it. */
  String convRelu(String name, String input, Conv conv) {
    return relu(name, convolution(name, input, conv, true));
  }

  /** A fixed affine map of the colour channels, the same at each pixel; never trained. */
  String colours(String name, String input, int channels) {
    Layer layer = convolutionLayer(new Conv(channels, 1, 1, 0), true);
    graph.addLayer(named(name), new FrozenLayer(layer), input);
    return named(name);
  }

  /** A convolution without bias, normalisation or activation. */
  String convolution(String name, String input, Conv conv) {
    return convolution(name, input, conv, false);
  }

  private String convolution(String name, String input, Conv conv, boolean bias) {
    return layer(name, convolutionLayer(conv, bias), input);
  }

  private static Layer convolutionLayer(Conv conv, boolean bias) {
    return new ConvolutionLayer.Builder(conv.kernel, conv.kernel)
        .stride(conv.stride, conv.stride)
        .padding(conv.padding, conv.padding)
        .convolutionMode(ConvolutionMode.Truncate)
        .nOut(conv.channels)
        .hasBias(bias)
        .activation(Activation.IDENTITY)
        .weightInit(WeightInit.RELU)
        .build();
  }

  String norm(String name, String input) {
    return layer(
        name,
        // torchvision's momentum 0.1 is a decay of 0.9; the variance is stored as it is in its
        // files.
        new BatchNormalization.Builder().eps(1e-5).decay(0.9).useLogStd(false).build(),
        input);
  }

  String relu(String name, String input) {
    return layer(name + ".relu", new ActivationLayer(Activation.RELU), input);
  }

  String maxPool(String name, String input, int kernel, int stride, int padding) {
    return pool(name, input, PoolingType.MAX, kernel, stride, padding, ConvolutionMode.Truncate);
  }

  /**
   * A 3 x 3 max pooling of stride 2 without padding whose output size is rounded up, as
   * torchvision's {@code ceil_mode}.
   *
   * @param size side of the input in pixels, since only an even one has a column to round up for
   */
  String maxPoolRoundedUp(String name, String input, int size) {
    // For an even side SAME pads one row and one column, both at the end, just as rounding up does.
    ConvolutionMode mode = size % 2 == 0 ? ConvolutionMode.Same : ConvolutionMode.Truncate;
    return pool(name, input, PoolingType.MAX, 3, 2, 0, mode);
  }

  String averagePool(String name, String input, int kernel, int stride) {
    return pool(name, input, PoolingType.AVG, kernel, stride, 0, ConvolutionMode.Truncate);
  }

  private String pool(
      String name,
      String input,
      PoolingType type,
      int kernel,
      int stride,
      int padding,
      ConvolutionMode mode) {
    SubsamplingLayer.PoolingType kind =
        type == PoolingType.MAX
            ? SubsamplingLayer.PoolingType.MAX
            : SubsamplingLayer.PoolingType.AVG;
    return layer(
        name,
        new SubsamplingLayer.Builder(kind)
            .kernelSize(kernel, kernel)
            .stride(stride, stride)
            .padding(padding, padding)
            .convolutionMode(mode)
            .build(),
        input);
  }

  /** The mean over all positions: B x C x H x W to B x C. */
  String globalAverage(String name, String input) {
    return layer(name, new GlobalPoolingLayer(PoolingType.AVG), input);
  }

  String dense(String name, String input, int outputs) {
    return layer(
        name,
        new DenseLayer.Builder().nOut(outputs).activation(Activation.IDENTITY).build(),
        input);
  }

  String add(String name, String left, String right) {
    return vertex(name, new ElementWiseVertex(ElementWiseVertex.Op.Add), left, right);
  }

  /** Joins feature maps along the channels. */
  String concatenate(String name, String... inputs) {
    return vertex(name, new MergeVertex(), inputs);
  }

  /**
   * Every second pixel of every second row, between as many channels of zeros as there are: B x C x
   * H x W to B x 2C x H/2 x W/2.
   */
  String halvedBetweenZeros(String name, String input, int channels) {
    String halved = averagePool(name + ".halved", input, 1, 2);
    // A single channel, taken again and again: SubsetVertex counts several channels wrongly.
    String one = vertex(name + ".one", new SubsetVertex(0, 0), halved);
    String zero = vertex(name + ".zero", new ScaleVertex(0), one);
    String[] joined = new String[channels + 1];
    Arrays.fill(joined, zero);
    joined[channels / 2] = halved;
    return concatenate(name, joined);
  }

  String layer(String name, Layer layer, String input) {
    graph.addLayer(named(name), frozen ? new FrozenLayer(layer) : layer, input);
    return named(name);
  }

  String vertex(String name, GraphVertex vertex, String... inputs) {
    graph.addVertex(named(name), frozen ? new FrozenVertex(vertex) : vertex, inputs);
    return named(name);
  }

  /** The name in the graph of what is called so behind the prefix. */
  String named(String name) {
    return prefix + name;
  }
}
