package io.pneuma.inference;

import io.pneuma.computation.Activation;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive_attr;

/** What a primitive does besides its main work. */
public final class Attributes {
  private Attributes() {}

  /** Nothing. */
  public static primitive_attr plain() {
    return then(new post_ops(), Activation.IDENTITY);
  }

  /** First this, then the activation. */
  public static primitive_attr then(post_ops after, Activation activation) {
    if (activation != Activation.IDENTITY) {
      after.append_eltwise(1, activation.algorithm, activation.alpha, activation.beta);
    }
    primitive_attr attributes = new primitive_attr();
    attributes.set_post_ops(after);
    // Scratchpads in a session's own memory; oneDNN's would stay with the thread.
    attributes.set_scratchpad_mode(dnnl.dnnl_scratchpad_mode_user);
    return attributes;
  }
}
