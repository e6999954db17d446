package io.pneuma.attention;

import java.util.Map;
import org.deeplearning4j.nn.conf.layers.samediff.SDLayerParams;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/** No attention on maps: their mean over all positions, B x (C P) to B x C. */
public final class MeanOverPositions extends AttentionLayer {
  private static final long serialVersionUID = 1;

  /** For deserialisation. */
  public MeanOverPositions() {}

  /**
   * Averages.
   *
   * @param channels C
   * @param positions P
   */
  public MeanOverPositions(int channels, int positions) {
    super(channels, positions);
  }

  @Override
  public void defineParameters(SDLayerParams params) {}

  @Override
  public void initializeParameters(Map<String, INDArray> params) {}

  @Override
  public SDVariable defineLayer(
      SameDiff sd, SDVariable features, Map<String, SDVariable> params, SDVariable mask) {
    return mean(features);
  }
}
