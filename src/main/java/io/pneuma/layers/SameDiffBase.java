package io.pneuma.layers;

import java.util.Collection;
import java.util.Map;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.samediff.SameDiffLayer;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The base of every SameDiff layer here.
 *
 * <p>Deeplearning4j 1.0.0-M2.1 doubles the gradient of every SameDiff layer, its own and all that
 * flows upstream: the layer sets the incoming gradient, and SameDiff's differentiation adds it once
 * more. The gradient is linear in what comes in, so half of that in gives the right gradient out. A
 * test fails should the doubling ever vanish.
 */
public abstract class SameDiffBase extends SameDiffLayer {
  private static final long serialVersionUID = 1;

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

  /** All parameters at one value. */
  static void fill(Map<String, INDArray> params, Map<String, Double> values) {
    params.forEach((name, array) -> array.assign(values.getOrDefault(name, 0.0)));
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
