package io.pneuma.monitor;

import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;

/** Trains graphs that are small but named and joined as those of the fusion network. */
final class TinyRun {
  static final String CONVOLUTION = "resnet18/layer1.0.conv1";

  private TinyRun() {}

  /** A frozen and a learning backbone of one convolution each, merged. */
  static ComputationGraph twoBackbones() {
    return graph(
        graph()
            .addLayer("densenet121/conv0", new FrozenLayer(convolution()), "input")
            .addLayer(CONVOLUTION, convolution(), "input")
            .addLayer("resnet18/layer1.0.bn1", new BatchNormalization(), CONVOLUTION)
            .addLayer(
                "resnet18/layer1.0.relu",
                new ActivationLayer(Activation.RELU),
                "resnet18/layer1.0.bn1")
            .addVertex("fusion", new MergeVertex(), "densenet121/conv0", "resnet18/layer1.0.relu"),
        "fusion");
  }

  /** A chain of convolutions, for pages of many vertices. */
  static ComputationGraph deep(int convolutions) {
    var graph = graph();
    String last = "input";
    for (int i = 0; i < convolutions; i++) {
      String name = "resnet152/layer3." + i + ".conv1";
      graph.addLayer(name, convolution(), last);
      last = name;
    }
    return graph(graph, last);
  }

  /** One iteration a step. */
  static void train(ComputationGraph network, int iterations) {
    var images = Nd4j.rand(DataType.FLOAT, 4, 1, 6, 6);
    var labels = Nd4j.create(new float[][] {{1, 0}, {0, 1}, {1, 0}, {0, 1}});
    for (int i = 0; i < iterations; i++) {
      network.fit(new DataSet(images, labels));
    }
  }

  private static ComputationGraphConfiguration.GraphBuilder graph() {
    return new NeuralNetConfiguration.Builder()
        .seed(1)
        .updater(new Adam(1e-2))
        .graphBuilder()
        .addInputs("input")
        .setInputTypes(InputType.convolutional(6, 6, 1));
  }

  private static ComputationGraph graph(
      ComputationGraphConfiguration.GraphBuilder backbones, String features) {
    var network =
        new ComputationGraph(
            backbones
                .addLayer("pool", new GlobalPoolingLayer(), features)
                .addLayer(
                    "output",
                    new OutputLayer.Builder().nOut(2).activation(Activation.SOFTMAX).build(),
                    "pool")
                .setOutputs("output")
                .build());
    network.init();
    return network;
  }

  private static ConvolutionLayer convolution() {
    return new ConvolutionLayer.Builder(3, 3)
        .padding(1, 1)
        .nOut(2)
        .activation(Activation.RELU)
        .build();
  }
}
