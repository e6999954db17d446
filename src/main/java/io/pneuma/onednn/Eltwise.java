package io.pneuma.onednn;

import io.pneuma.computation.Activation;
import org.bytedeco.dnnl.global.dnnl;

/** oneDNN's names of activations. */
record Eltwise(int algorithm, float alpha, float beta) {
  static Eltwise of(Activation activation) {
    return switch (activation) {
      case IDENTITY -> new Eltwise(dnnl.dnnl_eltwise_linear, 1, 0);
      case RELU -> new Eltwise(dnnl.dnnl_eltwise_relu, 0, 0);
      case RELU6 -> new Eltwise(dnnl.dnnl_eltwise_clip, 0, 6);
      case SWISH -> new Eltwise(dnnl.dnnl_eltwise_swish, 1, 0);
      case HARD_SWISH -> new Eltwise(dnnl.dnnl_eltwise_hardswish, 0, 0);
      case GELU -> new Eltwise(dnnl.dnnl_eltwise_gelu_erf, 0, 0);
      case SIGMOID -> new Eltwise(dnnl.dnnl_eltwise_logistic, 0, 0);
      case TANH -> new Eltwise(dnnl.dnnl_eltwise_tanh, 0, 0);
    };
  }

  /**
   * Whether its gradient is told from what it was given, which must be kept, or else its output.
   */
  static boolean needsSource(Activation activation) {
    return switch (activation) {
      case SWISH, HARD_SWISH, GELU -> true;
      case IDENTITY, RELU, RELU6, SIGMOID, TANH -> false;
    };
  }

  /** In training, so that there is a way back. */
  static Eltwise inTraining(Activation activation) {
    return switch (activation) {
      case RELU -> new Eltwise(dnnl.dnnl_eltwise_relu_use_dst_for_bwd, 0, 0);
      case RELU6 -> new Eltwise(dnnl.dnnl_eltwise_clip_v2_use_dst_for_bwd, 0, 6);
      case SIGMOID -> new Eltwise(dnnl.dnnl_eltwise_logistic_use_dst_for_bwd, 0, 0);
      case TANH -> new Eltwise(dnnl.dnnl_eltwise_tanh_use_dst_for_bwd, 0, 0);
      case IDENTITY, SWISH, HARD_SWISH, GELU -> of(activation);
    };
  }
}
