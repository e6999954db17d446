package io.pneuma.layers;

import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;

/** Feature maps B x C x H x W, each multiplied by its own number, B x C x 1 x 1. */
public final class Gate extends ElementWiseVertex {
  private static final long serialVersionUID = 1;

  /** The maps come first, the numbers second. */
  public Gate() {
    super(Op.Product);
  }

  @Override
  public ElementWiseVertex clone() {
    return new Gate();
  }

  @Override
  public InputType getOutputType(int layerIndex, InputType... inputs) {
    return inputs[0];
  }
}
