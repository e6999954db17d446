package io.pneuma.onednn;

import org.bytedeco.dnnl.global.dnnl.query;
import org.bytedeco.dnnl.primitive;
import org.bytedeco.dnnl.primitive_desc_base;

/** A computation for arrays of certain forms. */
public final class Primitive implements Work {
  private final primitive code;
  private final primitive_desc_base chosen;
  private final String implementation;
  private final long scratchpad;

  Primitive(primitive code, primitive_desc_base chosen) {
    this.code = code;
    this.chosen = chosen;
    this.implementation = chosen.impl_info_str().getString();
    this.scratchpad = chosen.scratchpad_desc().get_size();
  }

  primitive code() {
    return code;
  }

  primitive_desc_base chosen() {
    return chosen;
  }

  /** oneDNN's name of the code that was chosen. */
  public String implementation() {
    return implementation;
  }

  /** Whether oneDNN has nothing for its shapes but code that was written to be right. */
  public boolean isReference() {
    return implementation.startsWith("ref");
  }

  /** Bytes that it needs while it runs. */
  public long scratchpad() {
    return scratchpad;
  }

  /** How it wants its weights; to be asked in the scope in which it was made. */
  public Form weights() {
    return new Form(chosen.query_md(query.weights_md));
  }

  /** How it leaves the gradient of its weights, likewise. */
  public Form weightsGradient() {
    return new Form(chosen.query_md(query.diff_weights_md));
  }

  /** What it leaves for the way back, likewise. */
  public Form workspace() {
    return new Form(chosen.query_md(query.workspace_md));
  }

  @Override
  public void run(Queue queue, Arguments arguments) {
    code.execute(queue.stream(), arguments.map());
  }
}
