package io.pneuma.platform;

import static io.pneuma.SameBits.assertSameBits;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.layers.mkldnn.MKLDNNBatchNormHelper;
import org.deeplearning4j.nn.layers.mkldnn.MKLDNNConvHelper;
import org.deeplearning4j.nn.layers.mkldnn.MKLDNNSubsamplingHelper;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;

/** Deeplearning4j's oneDNN helpers are alive, and compute what its own code computes. */
class OneDnnTest {
  private static final String DISABLE = "org.eclipse.deeplearning4j.helpers.disable";

  @BeforeAll
  static void backendHasOneDnn() {
    assumeTrue(Backend.start().oneDnn(), "this machine's backend is built without oneDNN");
  }

  private static MultiLayerNetwork network(boolean helpers) {
    System.setProperty(DISABLE, Boolean.toString(!helpers));
    try {
      MultiLayerNetwork network =
          new MultiLayerNetwork(
              new NeuralNetConfiguration.Builder()
                  .seed(3)
                  .updater(new Sgd(0.1))
                  .list()
                  .layer(new ConvolutionLayer.Builder(3, 3).padding(1, 1).nOut(8).build())
                  .layer(new BatchNormalization.Builder().useLogStd(false).build())
                  .layer(
                      new SubsamplingLayer.Builder(SubsamplingLayer.PoolingType.MAX)
                          .kernelSize(2, 2)
                          .stride(2, 2)
                          .build())
                  .layer(new GlobalPoolingLayer(PoolingType.AVG))
                  .layer(new OutputLayer.Builder().nOut(2).activation(Activation.SOFTMAX).build())
                  .setInputType(InputType.convolutional(12, 12, 3))
                  .build());
      network.init();
      return network;
    } finally {
      System.setProperty(DISABLE, "false");
    }
  }

  private static INDArray images() {
    return Nd4j.linspace(DataType.FLOAT, -1, 0.001, 4L * 3 * 12 * 12).reshape('c', 4, 3, 12, 12);
  }

  private static INDArray labels() {
    return Nd4j.createFromArray(new float[][] {{1, 0}, {0, 1}, {1, 0}, {0, 1}});
  }

  @Test
  void layersAreMadeWithOneDnnHelpersAndKeepThem() {
    MultiLayerNetwork network = network(true);
    network.fit(images(), labels());
    network.output(images());
    assertInstanceOf(MKLDNNConvHelper.class, network.getLayer(0).getHelper());
    assertInstanceOf(MKLDNNBatchNormHelper.class, network.getLayer(1).getHelper());
    assertInstanceOf(MKLDNNSubsamplingHelper.class, network.getLayer(2).getHelper());
  }

  @Test
  void helpersComputeWhatDeeplearning4jComputesItself() {
    MultiLayerNetwork helped = network(true);
    MultiLayerNetwork builtIn = network(false);
    assertNotNull(helped.getLayer(0).getHelper());
    assertNull(builtIn.getLayer(0).getHelper());
    assertSameBits(helped.params(), builtIn.params());
    assertTrue(builtIn.output(images()).equalsWithEps(helped.output(images()), 1e-5));
    for (int step = 0; step < 3; step++) {
      helped.fit(images(), labels());
      builtIn.fit(images(), labels());
    }
    assertTrue(builtIn.params().equalsWithEps(helped.params(), 1e-4));
    assertTrue(builtIn.output(images()).equalsWithEps(helped.output(images()), 1e-4));
  }
}
