package io.pneuma.backprop;

import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Of a graph that is a head alone: its inputs are features. */
final class GivenFeatures implements FeatureSide {
  private final List<String> inputs;
  private int[] widths;

  GivenFeatures(List<String> inputs) {
    this.inputs = inputs;
  }

  @Override
  public List<String> vertices() {
    return inputs;
  }

  @Override
  public FloatPointer[] forTraining(INDArray[] features) {
    widths = Arrays.stream(features).mapToInt(array -> (int) array.size(1)).toArray();
    return Arrays.stream(features)
        .map(array -> new FloatPointer(array.data().addressPointer()))
        .toArray(FloatPointer[]::new);
  }

  @Override
  public FloatPointer[] forPrediction(INDArray[] features) {
    return forTraining(features);
  }

  @Override
  public int[] widths() {
    return widths;
  }

  @Override
  public FloatPointer[] gradients() {
    return null; // Nobody learns from them.
  }

  @Override
  public void backward(int rows) {}

  @Override
  public void close() {}
}
