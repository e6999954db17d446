package io.pneuma.onednn;

import org.bytedeco.dnnl.global.dnnl;

/** What primitives call their arguments. */
public final class Argument {
  public static final int SOURCE = dnnl.DNNL_ARG_SRC;
  public static final int SECOND_SOURCE = dnnl.DNNL_ARG_SRC_1;
  public static final int TARGET = dnnl.DNNL_ARG_DST;
  public static final int WEIGHTS = dnnl.DNNL_ARG_WEIGHTS;
  public static final int BIAS = dnnl.DNNL_ARG_BIAS;
  public static final int MEAN = dnnl.DNNL_ARG_MEAN;
  public static final int VARIANCE = dnnl.DNNL_ARG_VARIANCE;

  /** Scale and then shift, which lie side by side. */
  public static final int SCALE_SHIFT = dnnl.DNNL_ARG_SCALE_SHIFT;

  /** What the way back needs from the way forward. */
  public static final int WORKSPACE = dnnl.DNNL_ARG_WORKSPACE;

  public static final int SCRATCHPAD = dnnl.DNNL_ARG_SCRATCHPAD;
  public static final int SOURCE_GRADIENT = dnnl.DNNL_ARG_DIFF_SRC;
  public static final int TARGET_GRADIENT = dnnl.DNNL_ARG_DIFF_DST;
  public static final int WEIGHTS_GRADIENT = dnnl.DNNL_ARG_DIFF_WEIGHTS;
  public static final int BIAS_GRADIENT = dnnl.DNNL_ARG_DIFF_BIAS;
  public static final int SCALE_SHIFT_GRADIENT = dnnl.DNNL_ARG_DIFF_SCALE_SHIFT;

  private Argument() {}

  /** The source of a concatenation that comes behind so many others. */
  public static int source(int behind) {
    return dnnl.DNNL_ARG_MULTIPLE_SRC + behind;
  }
}
