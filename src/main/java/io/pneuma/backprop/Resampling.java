package io.pneuma.backprop;

import io.pneuma.backprop.Tape.Operand;
import io.pneuma.computation.Step.Resample;
import io.pneuma.inference.Mixture;
import io.pneuma.onednn.Argument;
import io.pneuma.onednn.NativeParts;
import java.util.Map;
import org.bytedeco.javacpp.FloatPointer;

/** Maps brought to another size, forward and backward: products with the shares of the pixels. */
final class Resampling {
  private final Resample resample;
  private final Maps maps;
  private final Tape tape;
  private final NativeParts parts;

  Resampling(Resample resample, Maps maps, Tape tape, NativeParts parts) {
    this.resample = resample;
    this.maps = maps;
    this.tape = tape;
    this.parts = parts;
  }

  void forward(Region source, Region output) {
    multiply(resample.shares(), source, output);
  }

  /** The gradient with respect to the input. */
  Region backward(Region outputGradient) {
    float[][] shares = resample.shares();
    float[][] transposed = new float[shares[0].length][shares.length];
    for (int i = 0; i < shares.length; i++) {
      for (int j = 0; j < transposed.length; j++) {
        transposed[j][i] = shares[i][j];
      }
    }
    Region gradient = maps.room(resample.input());
    multiply(transposed, outputGradient, gradient);
    return gradient;
  }

  private void multiply(float[][] shares, Region source, Region output) {
    int block = maps.oneDnn().block();
    long groups = (long) maps.rows() * ((resample.shape().channels() + block - 1) / block);
    Mixture mixture = Mixture.of(maps.oneDnn(), shares, groups, block);
    Region fixed = Region.at(parts.keep(new FloatPointer(mixture.values())));
    tape.add(
        mixture.code(),
        Map.of(
            Argument.SOURCE, new Operand(fixed, mixture.shares()),
            Argument.WEIGHTS, new Operand(source, mixture.given()),
            Argument.TARGET, new Operand(output, mixture.made())));
  }
}
