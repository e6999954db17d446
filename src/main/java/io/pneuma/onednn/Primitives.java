package io.pneuma.onednn;

import io.pneuma.computation.Activation;
import io.pneuma.computation.Shape;
import io.pneuma.computation.Window;
import java.util.List;
import java.util.function.IntFunction;
import org.bytedeco.dnnl.batch_normalization_backward;
import org.bytedeco.dnnl.batch_normalization_forward;
import org.bytedeco.dnnl.binary;
import org.bytedeco.dnnl.concat;
import org.bytedeco.dnnl.convolution_backward_data;
import org.bytedeco.dnnl.convolution_backward_weights;
import org.bytedeco.dnnl.convolution_forward;
import org.bytedeco.dnnl.eltwise_backward;
import org.bytedeco.dnnl.eltwise_forward;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.layer_normalization_backward;
import org.bytedeco.dnnl.layer_normalization_forward;
import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.pooling_backward;
import org.bytedeco.dnnl.pooling_forward;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive_attr;
import org.bytedeco.dnnl.reorder;
import org.bytedeco.dnnl.softmax_forward;

/**
 * Makes primitives. Those of a way back are given the primitive of the way forward, in whose scope
 * they must be made. A form that no primitive takes is refused by oneDNN's own exception.
 */
public final class Primitives {
  private static final int INFERENCE = dnnl.dnnl_forward_inference;
  private static final int TRAINING = dnnl.dnnl_forward_training;

  private final engine cpu;

  /** Of an engine. */
  public Primitives(OneDnn oneDnn) {
    cpu = oneDnn.cpu();
  }

  /**
   * What a convolution is made for.
   *
   * @param bias {@link Form#none} for none
   * @param winograd whether to take Winograd's algorithm where oneDNN has it, in one of two sizes
   *     of tiles that it chooses
   */
  public record Kernel(
      Form source, Form weights, Form bias, Form target, Window window, boolean winograd) {
    private <T> T choose(IntFunction<T> maker) {
      if (winograd) {
        try {
          return maker.apply(dnnl.dnnl_convolution_winograd);
        } catch (RuntimeException e) { // Not for these shapes or this processor.
          return maker.apply(dnnl.dnnl_convolution_direct);
        }
      }
      return maker.apply(dnnl.dnnl_convolution_direct);
    }
  }

  private static primitive_attr attributes(After after) {
    post_ops last = new post_ops();
    if (after.scale() != 1) {
      last.append_eltwise(1, dnnl.dnnl_eltwise_linear, after.scale(), 0);
    }
    if (after.sum()) {
      last.append_sum();
    }
    if (after.activation() != Activation.IDENTITY) {
      Eltwise kind = Eltwise.of(after.activation());
      last.append_eltwise(1, kind.algorithm(), kind.alpha(), kind.beta());
    }
    primitive_attr attributes = new primitive_attr();
    attributes.set_post_ops(last);
    // Scratchpads in the caller's own memory; oneDNN's would stay with the thread.
    attributes.set_scratchpad_mode(dnnl.dnnl_scratchpad_mode_user);
    return attributes;
  }

  private static primitive_attr plain() {
    return attributes(After.NOTHING);
  }

  /** A convolution. */
  public Primitive convolution(Kernel kernel, boolean training, After after) {
    Window window = kernel.window();
    var chosen =
        kernel.choose(
            algorithm ->
                new convolution_forward.primitive_desc(
                    new convolution_forward.desc(
                        training ? TRAINING : INFERENCE,
                        algorithm,
                        kernel.source().lies(),
                        kernel.weights().lies(),
                        kernel.bias().lies(),
                        kernel.target().lies(),
                        window.strides(),
                        window.gaps(),
                        window.before(),
                        window.after()),
                    attributes(after),
                    cpu));
    return new Primitive(new convolution_forward(chosen), chosen);
  }

  /** The gradient with respect to a convolution's source. */
  public Primitive convolutionSourceGradient(Kernel kernel, Primitive forward) {
    Window window = kernel.window();
    var hint = (convolution_forward.primitive_desc) forward.chosen();
    var chosen =
        kernel.choose(
            algorithm ->
                new convolution_backward_data.primitive_desc(
                    new convolution_backward_data.desc(
                        algorithm,
                        kernel.source().lies(),
                        kernel.weights().lies(),
                        kernel.target().lies(),
                        window.strides(),
                        window.before(),
                        window.after()),
                    plain(),
                    cpu,
                    hint));
    return new Primitive(new convolution_backward_data(chosen), chosen);
  }

  /** The gradients with respect to a convolution's weights and bias. */
  public Primitive convolutionWeightsGradient(Kernel kernel, Primitive forward) {
    Window window = kernel.window();
    var hint = (convolution_forward.primitive_desc) forward.chosen();
    var chosen =
        kernel.choose(
            algorithm ->
                new convolution_backward_weights.primitive_desc(
                    new convolution_backward_weights.desc(
                        algorithm,
                        kernel.source().lies(),
                        kernel.weights().lies(),
                        kernel.bias().lies(),
                        kernel.target().lies(),
                        window.strides(),
                        window.before(),
                        window.after()),
                    plain(),
                    cpu,
                    hint));
    return new Primitive(new convolution_backward_weights(chosen), chosen);
  }

  /** Batch normalisation by given statistics, and ReLU after it. */
  public Primitive batchNorm(Form maps, float epsilon, boolean relu) {
    return batchNorm(INFERENCE, maps, epsilon, flags(relu) | dnnl.dnnl_use_global_stats);
  }

  /** Batch normalisation by the batch's own statistics, and ReLU after it. */
  public Primitive batchNormInTraining(Form maps, float epsilon, boolean relu) {
    return batchNorm(TRAINING, maps, epsilon, flags(relu));
  }

  private static int flags(boolean relu) {
    return dnnl.dnnl_use_scaleshift | (relu ? dnnl.dnnl_fuse_norm_relu : 0);
  }

  private Primitive batchNorm(int kind, Form maps, float epsilon, int flags) {
    var chosen =
        new batch_normalization_forward.primitive_desc(
            new batch_normalization_forward.desc(kind, maps.lies(), epsilon, flags), plain(), cpu);
    return new Primitive(new batch_normalization_forward(chosen), chosen);
  }

  /** The gradients of a batch normalisation. */
  public Primitive batchNormGradient(Form maps, float epsilon, boolean relu, Primitive forward) {
    var chosen =
        new batch_normalization_backward.primitive_desc(
            new batch_normalization_backward.desc(
                dnnl.dnnl_backward, maps.lies(), maps.lies(), epsilon, flags(relu)),
            plain(),
            cpu,
            (batch_normalization_forward.primitive_desc) forward.chosen());
    return new Primitive(new batch_normalization_backward(chosen), chosen);
  }

  /** Normalisation of each row of a matrix. */
  public Primitive layerNorm(Form rows, float epsilon) {
    return layerNorm(INFERENCE, rows, epsilon);
  }

  /** The same, which leaves each row's mean and variance. */
  public Primitive layerNormInTraining(Form rows, float epsilon) {
    return layerNorm(TRAINING, rows, epsilon);
  }

  private Primitive layerNorm(int kind, Form rows, float epsilon) {
    var chosen =
        new layer_normalization_forward.primitive_desc(
            new layer_normalization_forward.desc(
                kind, rows.lies(), epsilon, dnnl.dnnl_use_scaleshift),
            plain(),
            cpu);
    return new Primitive(new layer_normalization_forward(chosen), chosen);
  }

  /** The gradients of a normalisation of each row. */
  public Primitive layerNormGradient(Form rows, float epsilon, Primitive forward) {
    var chosen =
        new layer_normalization_backward.primitive_desc(
            new layer_normalization_backward.desc(
                dnnl.dnnl_backward, rows.lies(), rows.lies(), epsilon, dnnl.dnnl_use_scaleshift),
            plain(),
            cpu,
            (layer_normalization_forward.primitive_desc) forward.chosen());
    return new Primitive(new layer_normalization_backward(chosen), chosen);
  }

  private static int pooling(boolean max) {
    return max ? dnnl.dnnl_pooling_max : dnnl.dnnl_pooling_avg_exclude_padding;
  }

  /** The largest or the mean value in each window. */
  public Primitive pooling(Form source, Form target, Window window, boolean max, boolean training) {
    return pooling(training ? TRAINING : INFERENCE, source, target, window, max, After.NOTHING);
  }

  /** The sums of all pixels of each channel. */
  public Primitive sumOfPixels(Form maps, Form sums, Shape shape) {
    After times = new After(shape.pixels(), false, Activation.IDENTITY);
    return pooling(INFERENCE, maps, sums, Window.whole(shape), false, times);
  }

  private Primitive pooling(
      int kind, Form source, Form target, Window window, boolean max, After after) {
    var chosen =
        new pooling_forward.primitive_desc(
            new pooling_forward.desc(
                kind,
                pooling(max),
                source.lies(),
                target.lies(),
                window.strides(),
                window.kernel(),
                window.before(),
                window.after()),
            attributes(after),
            cpu);
    return new Primitive(new pooling_forward(chosen), chosen);
  }

  /** The gradient of a pooling. */
  public Primitive poolingGradient(
      Form source, Form target, Window window, boolean max, Primitive forward) {
    var chosen =
        new pooling_backward.primitive_desc(
            new pooling_backward.desc(
                pooling(max),
                source.lies(),
                target.lies(),
                window.strides(),
                window.kernel(),
                window.before(),
                window.after()),
            plain(),
            cpu,
            (pooling_forward.primitive_desc) forward.chosen());
    return new Primitive(new pooling_backward(chosen), chosen);
  }

  /** An activation of each number. */
  public Primitive activation(Form maps, Activation activation) {
    return activation(INFERENCE, maps, Eltwise.of(activation));
  }

  /** An activation for which there is a way back. */
  public Primitive activationInTraining(Form maps, Activation activation) {
    return activation(TRAINING, maps, Eltwise.inTraining(activation));
  }

  private Primitive activation(int kind, Form maps, Eltwise eltwise) {
    var chosen =
        new eltwise_forward.primitive_desc(
            new eltwise_forward.desc(
                kind, eltwise.algorithm(), maps.lies(), eltwise.alpha(), eltwise.beta()),
            plain(),
            cpu);
    return new Primitive(new eltwise_forward(chosen), chosen);
  }

  /** Whether the way back through an activation starts from what it was given. */
  public static boolean needsSource(Activation activation) {
    return Eltwise.needsSource(activation);
  }

  /**
   * The gradient of an activation, from {@link Argument#SOURCE} where it needs that, or else from
   * {@link Argument#TARGET}.
   */
  public Primitive activationGradient(Form maps, Activation activation) {
    Eltwise eltwise = Eltwise.inTraining(activation);
    var chosen =
        new eltwise_backward.primitive_desc(
            new eltwise_backward.desc(
                eltwise.algorithm(), maps.lies(), maps.lies(), eltwise.alpha(), eltwise.beta()),
            plain(),
            cpu,
            (eltwise_forward.primitive_desc) activationInTraining(maps, activation).chosen());
    return new Primitive(new eltwise_backward(chosen), chosen);
  }

  /** Two arrays added, the second repeated where it is shorter. */
  public Primitive sum(Form left, Form right, Form target, After after) {
    return binary(dnnl.dnnl_binary_add, left, right, target, after);
  }

  /** Two arrays multiplied number by number, likewise. */
  public Primitive product(Form left, Form right, Form target) {
    return binary(dnnl.dnnl_binary_mul, left, right, target, After.NOTHING);
  }

  private Primitive binary(int algorithm, Form left, Form right, Form target, After after) {
    var chosen =
        new binary.primitive_desc(
            new binary.desc(algorithm, left.lies(), right.lies(), target.lies()),
            attributes(after),
            cpu);
    return new Primitive(new binary(chosen), chosen);
  }

  /** Arrays one behind the other along the channels. */
  public Primitive concatenation(List<Form> sources, Form target) {
    memory.desc all = new memory.desc(sources.size());
    for (int i = 0; i < sources.size(); i++) {
      all.getPointer(i).put(sources.get(i).lies());
    }
    var chosen = new concat.primitive_desc(target.lies(), 1, all, cpu, plain());
    return new Primitive(new concat(chosen), chosen);
  }

  /** Matrix products, {@link Argument#SOURCE} times {@link Argument#WEIGHTS}. */
  public Primitive matmul(Form left, Form right, Form target, After after) {
    var chosen =
        new matmul.primitive_desc(
            new matmul.desc(left.lies(), right.lies(), target.lies()), attributes(after), cpu);
    return new Primitive(new matmul(chosen), chosen);
  }

  /** Softmax along an axis. */
  public Primitive softmax(Form maps, int axis) {
    var chosen =
        new softmax_forward.primitive_desc(
            new softmax_forward.desc(INFERENCE, maps.lies(), axis), plain(), cpu);
    return new Primitive(new softmax_forward(chosen), chosen);
  }

  /** A copy to another form. */
  public Primitive copy(Form from, Form to) {
    var chosen = new reorder.primitive_desc(cpu, from.lies(), cpu, to.lies(), plain(), false);
    return new Primitive(new reorder(chosen), chosen);
  }
}
