package io.pneuma.inference;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.pneuma.backbone.Backbone;
import io.pneuma.backbone.Backbones;
import io.pneuma.backbone.FormulaWeights;
import io.pneuma.backbone.FormulaWeights.Formula;
import java.util.function.Function;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.NoOp;

/** Graphs to compile, and what Deeplearning4j makes of them. */
final class Graphs {
  static final String PREFIX = "x/";

  private Graphs() {}

  /** The next size that a backbone takes. */
  static int size(String name, int size) {
    int patch = Backbones.named(name).patch();
    return (size + patch - 1) / patch * patch;
  }

  /** A backbone up to its features, its parameters given by a formula of full rank. */
  static ComputationGraph backbone(String name, int size) {
    return backbone(name, size, new Formula(0.001, 1));
  }

  /** A backbone up to its features, its parameters given by that formula. */
  static ComputationGraph backbone(String name, int size, Formula formula) {
    Backbone backbone = Backbones.named(name);
    String last = backbone.stages().get(backbone.stages().size() - 1);
    GraphBuilder builder = Backbone.graph(new NoOp(), 1).addInputs("image");
    builder.setOutputs(backbone.addTo(builder, PREFIX, "image", size, last, last));
    ComputationGraph graph = initialised(builder, size);
    backbone.initialiseColours(graph, PREFIX);
    FormulaWeights.fill(graph, PREFIX, formula);
    return graph;
  }

  /**
   * A graph of a few layers that ends in a global average, its parameters all different.
   *
   * @param layers adds vertices after "image" and returns the name of the last
   */
  static ComputationGraph of(int size, Function<GraphBuilder, String> layers) {
    GraphBuilder builder = Backbone.graph(new NoOp(), 1).addInputs("image");
    String last = layers.apply(builder);
    builder.addLayer("features", new GlobalPoolingLayer(PoolingType.AVG), last);
    builder.setOutputs("features");
    ComputationGraph graph = initialised(builder, size);
    for (var layer : graph.getLayers()) {
      layer
          .paramTable()
          .forEach(
              (key, values) -> {
                INDArray waves =
                    Nd4j.createFromArray(
                            FormulaWeights.values(key, new long[] {1, values.length()}))
                        .reshape('c', values.shape());
                // A variance is positive and no factor is near nought.
                values.assign(key.matches("var|gamma") ? waves.mul(0.2).add(1) : waves);
              });
    }
    return graph;
  }

  private static ComputationGraph initialised(GraphBuilder builder, int size) {
    builder.setInputTypes(InputType.convolutional(size, size, 3));
    ComputationGraph graph = new ComputationGraph(builder.build());
    graph.init();
    return graph;
  }

  static Layer convolution(int channels, int kernel, int stride) {
    return new ConvolutionLayer.Builder(kernel, kernel)
        .stride(stride, stride)
        .padding(kernel / 2, kernel / 2)
        .nOut(channels)
        .build();
  }

  static Layer norm() {
    return new BatchNormalization.Builder().useLogStd(false).build();
  }

  /**
   * Holds features against the graph in double precision, relative to the size of an image's
   * values. In single precision Deeplearning4j itself is 1e-4 off in 152 layers.
   */
  static void assertAgrees(ComputationGraph graph, INDArray images, float[] features) {
    INDArray expected =
        graph.convertDataType(DataType.DOUBLE).outputSingle(images.castTo(DataType.DOUBLE));
    int width = expected.columns();
    assertEquals(expected.length(), features.length);
    for (int row = 0; row < expected.rows(); row++) {
      double typical = expected.getRow(row).norm2Number().doubleValue() / Math.sqrt(width);
      for (int i = 0; i < width; i++) {
        assertEquals(
            expected.getDouble(row, i), features[row * width + i], 1e-4 * typical, row + " " + i);
      }
    }
  }
}
