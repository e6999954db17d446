package io.pneuma.backbone;

import io.pneuma.weights.Tensor;
import io.pneuma.weights.WeightsException;
import io.pneuma.weights.WeightsFile;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a file gives for one parameter: a tensor, or several that are joined along the first
 * dimension.
 */
record Given(List<Tensor> parts) {
  static Given of(WeightsFile weights, List<String> keys) throws WeightsException {
    List<Tensor> parts = new ArrayList<>();
    for (String key : keys) {
      parts.add(weights.tensor(key));
    }
    return new Given(parts);
  }

  /** The shape of all parts together; of the first one where they do not belong together. */
  long[] shape() {
    long[] shape = parts.get(0).shape();
    for (Tensor part : parts.subList(1, parts.size())) {
      long[] other = part.shape();
      if (shape.length > 0 && Arrays.equals(other, parts.get(0).shape())) {
        shape[0] += other[0];
      }
    }
    return shape;
  }

  /** The keys in the file. */
  String keys() {
    return String.join(", ", parts.stream().map(Tensor::key).toList());
  }

  /** Whether a parameter can be had of this: dimensions of 1 make no difference. */
  static boolean fits(Parameter.Form wanted, long[] shape) {
    if (wanted.positions() && Positions.canBeScaled(shape, wanted.shape())) {
      return true;
    }
    return Arrays.equals(withoutOnes(shape), withoutOnes(wanted.shape()));
  }

  private static long[] withoutOnes(long[] shape) {
    return Arrays.stream(shape).filter(size -> size != 1).toArray();
  }

  /**
   * The values for a parameter, at the start of an array.
   *
   * @param values has room for them
   */
  void copyTo(float[] values, Parameter.Form wanted, boolean allowNonFinite)
      throws WeightsException {
    if (parts.size() == 1 && Arrays.equals(withoutOnes(shape()), withoutOnes(wanted.shape()))) {
      parts.get(0).copyTo(values, allowNonFinite);
    } else if (wanted.positions()) {
      float[] scaled =
          Positions.scaled(parts.get(0).floats(allowNonFinite), shape(), wanted.shape());
      System.arraycopy(scaled, 0, values, 0, scaled.length);
    } else {
      int at = 0;
      for (Tensor part : parts) {
        float[] some = part.floats(allowNonFinite);
        System.arraycopy(some, 0, values, at, some.length);
        at += some.length;
      }
    }
  }
}
