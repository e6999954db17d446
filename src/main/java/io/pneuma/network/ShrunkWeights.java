package io.pneuma.network;

import java.util.List;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.samediff.AbstractSameDiffLayer;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.linalg.learning.regularization.WeightDecay;

/**
 * Decoupled weight decay in a graph's layers. Given for a whole graph, Deeplearning4j 1.0.0-M2.1
 * puts it into each layer twice, so that weights shrink by twice as much as one has asked for.
 */
final class ShrunkWeights {
  private ShrunkWeights() {}

  /**
   * Gives each layer that has weights the decay; biases and normalisations take none.
   *
   * @param decay share of each weight that a step takes off, times the learning rate; 0 for none
   */
  static ComputationGraphConfiguration in(ComputationGraphConfiguration graph, double decay) {
    if (decay > 0) {
      List<Regularization> kinds = List.of(new WeightDecay(decay, true));
      for (GraphVertex vertex : graph.getVertices().values()) {
        if (vertex instanceof LayerVertex layer) {
          if (layer.getLayerConf().getLayer() instanceof BaseLayer base) {
            base.setRegularization(kinds);
          } else if (layer.getLayerConf().getLayer() instanceof AbstractSameDiffLayer own) {
            own.setRegularization(kinds);
          }
        }
      }
    }
    return graph;
  }
}
