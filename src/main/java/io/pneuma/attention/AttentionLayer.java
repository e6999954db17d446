package io.pneuma.attention;

import java.util.Collection;
import java.util.Map;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.samediff.SameDiffLayer;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.weights.WeightInitXavier;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The base of every attention: features B x C in, reweighted features B x C out.
 *
 * <p>Deeplearning4j 1.0.0-M2.1 doubles the gradient of every SameDiff layer, its own and all that
 * flows upstream: the layer sets the incoming gradient, and SameDiff's differentiation adds it once
 * more. The gradient is linear in what comes in, so half of that in gives the right gradient out. A
 * test fails should the doubling ever vanish.
 */
public abstract class AttentionLayer extends SameDiffLayer {
  private static final long serialVersionUID = 1;

  private int channels;

  /** For deserialisation. */
  protected AttentionLayer() {}

  AttentionLayer(int channels) {
    this.channels = channels;
  }

  /** C, the number of fused features. */
  public int getChannels() {
    return channels;
  }

  /** For deserialisation. */
  public void setChannels(int channels) {
    this.channels = channels;
  }

  @Override
  public final InputType getOutputType(int layerIndex, InputType input) {
    if (input.getType() != InputType.Type.FF || input.arrayElementsPerExample() != channels) {
      throw new IllegalArgumentException(
          getClass().getSimpleName()
              + " attends over "
              + channels
              + " features, but gets "
              + input);
    }
    return input;
  }

  /** Xavier (Glorot) for every weight matrix, in the order that the layer declares them. */
  @Override
  public void initializeParameters(Map<String, INDArray> params) {
    params.forEach(
        (name, weight) ->
            new WeightInitXavier()
                .init(
                    (double) weight.size(0), (double) weight.size(1), weight.shape(), 'c', weight));
  }

  @Override
  public final Layer instantiate(
      NeuralNetConfiguration conf,
      Collection<TrainingListener> listeners,
      int layerIndex,
      INDArray paramsView,
      boolean initializeParams,
      DataType dataType) {
    CorrectedLayer layer = new CorrectedLayer(conf, dataType);
    layer.setIndex(layerIndex);
    layer.setParamsViewArray(paramsView);
    layer.setParamTable(initializer().init(conf, paramsView, initializeParams));
    layer.setConf(conf);
    return layer;
  }

  /** Halves the gradient that comes in, because Deeplearning4j doubles what goes out. */
  private static final class CorrectedLayer
      extends org.deeplearning4j.nn.layers.samediff.SameDiffLayer {
    private static final long serialVersionUID = 1;

    CorrectedLayer(NeuralNetConfiguration conf, DataType dataType) {
      super(conf, dataType);
    }

    @Override
    public Pair<Gradient, INDArray> backpropGradient(
        INDArray epsilon, LayerWorkspaceMgr workspaces) {
      return super.backpropGradient(epsilon.mul(0.5), workspaces);
    }
  }
}
