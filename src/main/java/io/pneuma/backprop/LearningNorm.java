package io.pneuma.backprop;

import io.pneuma.backprop.Tape.Operand;
import io.pneuma.computation.Step.Norm;
import io.pneuma.computation.UnsupportedLayerException;
import io.pneuma.onednn.Argument;
import io.pneuma.onednn.Form;
import io.pneuma.onednn.Primitive;
import java.util.HashMap;
import java.util.Map;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;

/** A batch normalisation that learns, forward and backward, and the ReLU after it. */
final class LearningNorm {
  private final Norm norm;
  private final Maps maps;
  private final Tape tape;
  private final LayerArrays layer;
  private final BatchNormalization settings;
  private final int channels;
  private final Region mean;
  private final Region variance;
  private Primitive forward;
  private Operand workspace; // Where ReLU let pass; null without one.

  LearningNorm(Norm norm, LayerArrays layer, Maps maps, Tape tape) {
    this.norm = norm;
    this.layer = layer;
    this.maps = maps;
    this.tape = tape;
    this.settings = (BatchNormalization) layer.configuration();
    this.channels = norm.shape().channels();
    if (settings.isLockGammaBeta()) {
      throw new UnsupportedLayerException(norm.output(), "a fixed scale and shift");
    }
    if (layer.view("beta").offset() != layer.view("gamma").offset() + channels) {
      throw new UnsupportedLayerException(norm.output(), "its shift is not behind its scale");
    }
    long bytes = (long) channels * Float.BYTES;
    this.mean = tape.keep(Region.of(bytes));
    this.variance = tape.keep(Region.of(bytes));
  }

  private float epsilon() {
    return (float) settings.getEps();
  }

  void forward(Region source, Region output, boolean relu) {
    forward = maps.primitives().batchNormInTraining(maps.lies(norm.input()), epsilon(), relu);
    Map<Integer, Operand> operands = shared(source);
    operands.put(Argument.SCALE_SHIFT, pair(layer.value("gamma")));
    operands.put(Argument.TARGET, maps.operand(norm.output(), output));
    if (relu) {
      Form lies = forward.workspace();
      workspace = new Operand(Region.of(lies.bytes()), lies);
      operands.put(Argument.WORKSPACE, workspace);
    }
    tape.add(forward, operands);
  }

  void backward(Region source, Region outputGradient, Region inputGradient) {
    Primitive backward =
        maps.primitives()
            .batchNormGradient(maps.lies(norm.input()), epsilon(), workspace != null, forward);
    Map<Integer, Operand> operands = shared(source);
    operands.put(Argument.SCALE_SHIFT, pair(layer.value("gamma")));
    operands.put(Argument.SCALE_SHIFT_GRADIENT, pair(layer.gradient("gamma")));
    operands.put(Argument.TARGET_GRADIENT, maps.operand(norm.output(), outputGradient));
    operands.put(Argument.SOURCE_GRADIENT, maps.operand(norm.input(), inputGradient));
    if (workspace != null) {
      operands.put(Argument.WORKSPACE, workspace);
    }
    tape.add(backward, operands);
  }

  private Map<Integer, Operand> shared(Region source) {
    Map<Integer, Operand> operands = new HashMap<>();
    operands.put(Argument.SOURCE, maps.operand(norm.input(), source));
    operands.put(Argument.MEAN, new Operand(mean, Form.dense(channels)));
    operands.put(Argument.VARIANCE, new Operand(variance, Form.dense(channels)));
    return operands;
  }

  /** Scale and then shift, which lie side by side. */
  private Operand pair(Region region) {
    return new Operand(region, Form.dense(2, channels));
  }

  /**
   * Writes what is to be taken from the running statistics as if it were their gradient, which is
   * how Deeplearning4j updates them.
   */
  void updateStatistics() {
    double decay = settings.getDecay();
    float share = (float) (1 - decay);
    float[] running = floats(layer.value("mean"));
    float[] batch = floats(mean);
    for (int i = 0; i < channels; i++) {
      running[i] = (running[i] - batch[i]) * share;
    }
    layer.gradient("mean").floats().put(running);
    String key = settings.isUseLogStd() ? "log10stdev" : "var";
    running = floats(layer.value(key));
    batch = floats(variance);
    for (int i = 0; i < channels; i++) {
      if (settings.isUseLogStd()) {
        double before = Math.pow(10, 2 * running[i]);
        double after = decay * before + (1 - decay) * batch[i];
        running[i] = (float) (Math.log10(before / after) / 2);
      } else {
        running[i] = (running[i] - batch[i]) * share;
      }
    }
    layer.gradient(key).floats().put(running);
  }

  private float[] floats(Region region) {
    float[] values = new float[channels];
    region.floats().get(values);
    return values;
  }
}
