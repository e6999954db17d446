package io.pneuma.attention;

import java.util.Map;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.samediff.SDLayerParams;
import org.deeplearning4j.nn.conf.layers.samediff.SameDiffLayer;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/** An attention's formula on Deeplearning4j's own base, without the correction. */
public final class StockSameDiff extends SameDiffLayer {
  private static final long serialVersionUID = 1;

  private AttentionLayer formula;

  /** For cloning. */
  public StockSameDiff() {}

  StockSameDiff(AttentionLayer formula) {
    this.formula = formula;
  }

  /** The attention whose formula is used. */
  public AttentionLayer getFormula() {
    return formula;
  }

  /** For deserialisation. */
  public void setFormula(AttentionLayer formula) {
    this.formula = formula;
  }

  @Override
  public SDVariable defineLayer(
      SameDiff sd, SDVariable input, Map<String, SDVariable> params, SDVariable mask) {
    return formula.defineLayer(sd, input, params, mask);
  }

  @Override
  public void defineParameters(SDLayerParams params) {
    formula.defineParameters(params);
  }

  @Override
  public void initializeParameters(Map<String, INDArray> params) {
    formula.initializeParameters(params);
  }

  @Override
  public InputType getOutputType(int layerIndex, InputType input) {
    return input;
  }
}
