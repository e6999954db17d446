package io.pneuma.backbone;

import org.deeplearning4j.nn.api.Layer;
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

  void writeTo(Layer convolution) {
    INDArray weights = convolution.getParam("W");
    weights.assign(Nd4j.create(factors).castTo(weights.dataType()).reshape(weights.shape()));
    INDArray bias = convolution.getParam("b");
    bias.assign(Nd4j.create(offsets).castTo(bias.dataType()).reshape(bias.shape()));
  }
}
