package io.pneuma.backprop;

import io.pneuma.backprop.Tape.Operand;
import io.pneuma.computation.Step.Norm;
import io.pneuma.computation.UnsupportedLayerException;
import io.pneuma.inference.Attributes;
import io.pneuma.inference.OneDnn;
import java.util.HashMap;
import java.util.Map;
import org.bytedeco.dnnl.batch_normalization_backward;
import org.bytedeco.dnnl.batch_normalization_forward;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.data_type;
import org.bytedeco.dnnl.memory.format_tag;
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
  private batch_normalization_forward.primitive_desc forward;
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

  void forward(Region source, Region output, boolean relu) {
    int flags = dnnl.dnnl_use_scaleshift | (relu ? dnnl.dnnl_fuse_norm_relu : 0);
    float epsilon = (float) settings.getEps();
    forward =
        new batch_normalization_forward.primitive_desc(
            new batch_normalization_forward.desc(
                dnnl.dnnl_forward_training, maps.lies(norm.input()), epsilon, flags),
            Attributes.plain(),
            maps.oneDnn().cpu());
    Map<Integer, Operand> operands = shared(source);
    operands.put(dnnl.DNNL_ARG_SCALE_SHIFT, pair(layer.value("gamma")));
    operands.put(dnnl.DNNL_ARG_DST, maps.operand(norm.output(), output));
    if (relu) {
      memory.desc lies = forward.workspace_desc();
      workspace = new Operand(Region.of(lies.get_size()), lies);
      operands.put(dnnl.DNNL_ARG_WORKSPACE, workspace);
    }
    tape.add(new batch_normalization_forward(forward), forward, operands);
  }

  void backward(Region source, Region outputGradient, Region inputGradient) {
    int flags = dnnl.dnnl_use_scaleshift | (workspace == null ? 0 : dnnl.dnnl_fuse_norm_relu);
    memory.desc lies = maps.lies(norm.input());
    var chosen =
        new batch_normalization_backward.primitive_desc(
            new batch_normalization_backward.desc(
                dnnl.dnnl_backward, lies, lies, (float) settings.getEps(), flags),
            Attributes.plain(),
            maps.oneDnn().cpu(),
            forward);
    Map<Integer, Operand> operands = shared(source);
    operands.put(dnnl.DNNL_ARG_SCALE_SHIFT, pair(layer.value("gamma")));
    operands.put(dnnl.DNNL_ARG_DIFF_SCALE_SHIFT, pair(layer.gradient("gamma")));
    operands.put(dnnl.DNNL_ARG_DIFF_DST, maps.operand(norm.output(), outputGradient));
    operands.put(dnnl.DNNL_ARG_DIFF_SRC, maps.operand(norm.input(), inputGradient));
    if (workspace != null) {
      operands.put(dnnl.DNNL_ARG_WORKSPACE, workspace);
    }
    tape.add(new batch_normalization_backward(chosen), chosen, operands);
  }

  private Map<Integer, Operand> shared(Region source) {
    Map<Integer, Operand> operands = new HashMap<>();
    operands.put(dnnl.DNNL_ARG_SRC, maps.operand(norm.input(), source));
    operands.put(dnnl.DNNL_ARG_MEAN, new Operand(mean, OneDnn.vector(channels)));
    operands.put(dnnl.DNNL_ARG_VARIANCE, new Operand(variance, OneDnn.vector(channels)));
    return operands;
  }

  /** Scale and then shift, which lie side by side. */
  private Operand pair(Region region) {
    return new Operand(
        region, new memory.desc(new long[] {2, channels}, data_type.f32, format_tag.nc));
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
