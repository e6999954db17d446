package io.pneuma.backprop;

import io.pneuma.backprop.Tape.Operand;
import io.pneuma.computation.Layout;
import io.pneuma.computation.Shape;
import io.pneuma.computation.Step.Norm;
import io.pneuma.computation.Window;
import io.pneuma.onednn.Argument;
import io.pneuma.onednn.Form;
import java.util.Map;
import java.util.Optional;

/** A factor for each channel that learns, forward and backward. */
final class LearningScale {
  private static final long[] CHANNELS = {0, 0, 1};

  private final Norm scale;
  private final Maps maps;
  private final Tape tape;
  private final LayerArrays layer;

  LearningScale(Norm scale, LayerArrays layer, Maps maps, Tape tape) {
    this.scale = scale;
    this.layer = layer;
    this.maps = maps;
    this.tape = tape;
  }

  /** The source, or the gradient with respect to the output, times the factors. */
  void multiply(Region values, Region output) {
    Form lies = maps.lies(scale.output());
    Shape point = new Shape(scale.shape().channels(), 1, 1);
    Form each = maps.oneDnn().maps(1, point, Layout.BLOCKED);
    Operand factors = new Operand(Region.of(each.bytes()), each);
    // As they are, oneDNN would multiply them by its reference code.
    tape.copy(new Operand(layer.value("W"), Form.dense(1, point.channels(), 1, 1)), factors);
    tape.add(
        maps.primitives().product(lies, factors.lies(), lies),
        new Operand(values, lies),
        factors,
        new Operand(output, lies));
  }

  /** Writes the factors' gradient: they are a depthwise kernel of one pixel. */
  void parametersGradient(Region source, Region outputGradient) {
    Form lies = maps.lies(scale.output());
    DepthwiseGradient gradient =
        new DepthwiseGradient(
            maps,
            scale.shape(),
            scale.shape(),
            Window.pixel(),
            layer.gradient("W"),
            CHANNELS,
            Optional.empty());
    tape.addOwn(
        gradient::pieces,
        Map.of(
            Argument.SOURCE, new Operand(source, lies),
            Argument.TARGET_GRADIENT, new Operand(outputGradient, lies)));
  }
}
