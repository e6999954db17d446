package io.pneuma.backbone;

import org.deeplearning4j.nn.api.Layer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * What a network's weights expect of the colours: an affine map of a pixel's red, green and blue in
 * [0,1], held in the graph as a 1 x 1 convolution, so that training and serving cannot differ.
 *
 * @param factors output channel x (red, green, blue)
 * @param offsets a value for each output channel
 */
@SuppressWarnings("ArrayRecordComponent") // Constants, never compared.
record Colours(double[][] factors, double[] offsets) {
  /** (x - mean) / deviation for each channel, as torchvision's ImageNet weights expect. */
  static final Colours IMAGENET =
      standardised(new double[] {0.485, 0.456, 0.406}, new double[] {0.229, 0.224, 0.225});

  /** RAD-DINO's, from its published preprocessing: the mean and deviation of chest X-rays. */
  static final Colours RAD_DINO =
      standardised(new double[] {0.5307, 0.5307, 0.5307}, new double[] {0.2583, 0.2583, 0.2583});

  /**
   * (2y - 1) * 1024 with the luma y of ITU-R BT.601, one grey channel: what torchxrayvision's
   * weights expect of an image in [0,1].
   */
  static final Colours XRAY_1024 =
      new Colours(
          new double[][] {{0.299 * 2048, 0.587 * 2048, 0.114 * 2048}}, new double[] {-1024});

  /**
   * Blue, green and red in [0,255] less the mean of ImageNet: what weights from Caffe and most of
   * Keras's expect ({@code mode="caffe"}; Deeplearning4j's {@code VGG16ImagePreProcessor}).
   */
  static final Colours CAFFE =
      new Colours(
          new double[][] {{0, 0, 255}, {0, 255, 0}, {255, 0, 0}},
          new double[] {-103.939, -116.779, -123.68});

  /** 2x - 1: what Keras's weights of {@code mode="tf"} expect, in their words x / 127.5 - 1. */
  static final Colours PLUS_MINUS_ONE =
      new Colours(new double[][] {{2, 0, 0}, {0, 2, 0}, {0, 0, 2}}, new double[] {-1, -1, -1});

  private static Colours standardised(double[] mean, double[] deviation) {
    double[][] factors = new double[3][3];
    double[] offsets = new double[3];
    for (int channel = 0; channel < 3; channel++) {
      factors[channel][channel] = 1 / deviation[channel];
      offsets[channel] = -mean[channel] / deviation[channel];
    }
    return new Colours(factors, offsets);
  }

  int channels() {
    return offsets.length;
  }

  /** Those that a graph holds. */
  static Colours of(Layer convolution) {
    INDArray bias = convolution.getParam("b").castTo(DataType.DOUBLE);
    INDArray weights = convolution.getParam("W").castTo(DataType.DOUBLE);
    return new Colours(
        weights.dup('c').reshape('c', bias.length(), 3).toDoubleMatrix(),
        bias.dup().data().asDouble());
  }

  void writeTo(Layer convolution) {
    INDArray weights = convolution.getParam("W");
    weights.assign(Nd4j.create(factors).castTo(weights.dataType()).reshape(weights.shape()));
    INDArray bias = convolution.getParam("b");
    bias.assign(Nd4j.create(offsets).castTo(bias.dataType()).reshape(bias.shape()));
  }
}
