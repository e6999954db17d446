package io.pneuma.backprop;

import io.pneuma.backprop.Tape.Operand;
import io.pneuma.computation.Layout;
import io.pneuma.computation.Shape;
import io.pneuma.computation.Step.LayerNorm;
import io.pneuma.computation.UnsupportedLayerException;
import io.pneuma.onednn.Argument;
import io.pneuma.onednn.Form;
import io.pneuma.onednn.Primitive;
import java.util.HashMap;
import java.util.Map;

/**
 * A normalisation over the channels of each pixel that learns, forward and backward. oneDNN wants
 * the channels of a pixel side by side, so maps and their gradients are copied to rows and back.
 */
final class LearningLayerNorm {
  private final LayerNorm norm;
  private final Maps maps;
  private final Tape tape;
  private final LayerArrays layer;
  private final int channels;
  private final Form rows; // One a pixel.
  private final Form statistics;
  private final Region source;
  private final Region mean;
  private final Region variance;
  private Primitive forward;

  LearningLayerNorm(LayerNorm norm, LayerArrays layer, Maps maps, Tape tape) {
    Shape shape = norm.shape();
    long pixels = (long) maps.rows() * shape.pixels();
    this.norm = norm;
    this.layer = layer;
    this.maps = maps;
    this.tape = tape;
    this.channels = shape.channels();
    this.rows = Form.dense(pixels, channels);
    this.statistics = Form.dense(pixels);
    this.source = room();
    this.mean = Region.of(statistics.bytes());
    this.variance = Region.of(statistics.bytes());
    if (layer.view("b").offset() != layer.view("W").offset() + channels) {
      throw new UnsupportedLayerException(norm.output(), "its bias is not behind its gain");
    }
  }

  private Region room() {
    return Region.of(rows.bytes());
  }

  /** Maps that lie in rows, as a copy to or from blocks sees them. */
  private Operand pixels(Region region) {
    return new Operand(region, maps.oneDnn().maps(maps.rows(), norm.shape(), Layout.ROWS));
  }

  void forward(Region given, Region output) {
    tape.copy(maps.operand(norm.input(), given), pixels(source));
    forward = maps.primitives().layerNormInTraining(rows, norm.epsilon());
    Region target = room();
    Map<Integer, Operand> operands = shared();
    operands.put(Argument.TARGET, new Operand(target, rows));
    tape.add(forward, operands);
    tape.copy(pixels(target), maps.operand(norm.output(), output));
  }

  void backward(Region outputGradient, Region inputGradient) {
    Region after = room();
    Region before = room();
    tape.copy(maps.operand(norm.output(), outputGradient), pixels(after));
    Map<Integer, Operand> operands = shared();
    operands.put(Argument.SCALE_SHIFT_GRADIENT, pair(layer.gradient("W")));
    operands.put(Argument.TARGET_GRADIENT, new Operand(after, rows));
    operands.put(Argument.SOURCE_GRADIENT, new Operand(before, rows));
    tape.add(maps.primitives().layerNormGradient(rows, norm.epsilon(), forward), operands);
    tape.copy(pixels(before), maps.operand(norm.input(), inputGradient));
  }

  private Map<Integer, Operand> shared() {
    Map<Integer, Operand> operands = new HashMap<>();
    operands.put(Argument.SOURCE, new Operand(source, rows));
    operands.put(Argument.MEAN, new Operand(mean, statistics));
    operands.put(Argument.VARIANCE, new Operand(variance, statistics));
    operands.put(Argument.SCALE_SHIFT, pair(layer.value("W")));
    return operands;
  }

  /** Gain and then bias, which lie side by side. */
  private Operand pair(Region region) {
    return new Operand(region, Form.dense(2, channels));
  }
}
