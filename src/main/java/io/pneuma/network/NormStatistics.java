package io.pneuma.network;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.deeplearning4j.nn.graph.vertex.VertexIndices;
import org.deeplearning4j.nn.layers.FrozenLayer;
import org.deeplearning4j.nn.params.BatchNormalizationParamInitializer;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Gives a network's batch normalisations the statistics of other images: adaptive batch
 * normalisation (Li et al., "Revisiting batch normalization for practical domain adaptation", 2016,
 * algorithm 1), mixed with what is stored (Schneider et al., "Improving robustness against common
 * corruptions by covariate shift adaptation", NeurIPS 2020, equation 3): the stored mean and
 * variance count N/(N + n), those of n new images n/(N + n).
 *
 * <p>That is for normalisations that have learnt with the run, whose stored statistics are those of
 * its own images. A frozen one has its publisher's, of other images, and the layers behind it have
 * learnt what comes of those.
 *
 * <p>The images go through the graph once, batch by batch. Each normalisation sees what the layers
 * before it make of an image with the statistics of all batches so far, mixed already.
 */
public final class NormStatistics {
  /** N: the new images that the stored statistics count as. */
  public static final int STORED_IMAGES = 64;

  private static final LayerWorkspaceMgr NO_WORKSPACES = LayerWorkspaceMgr.noWorkspaces();

  private final ComputationGraph network;
  private final double storedShare;
  private final Map<String, Running> norms = new LinkedHashMap<>();

  /** What is known of the new images in one normalisation, channel by channel. */
  private static final class Running {
    final INDArray storedMean;
    final INDArray storedVariance;
    INDArray mean;
    INDArray variance;
    double images;

    Running(Layer norm) {
      storedMean = norm.getParam(BatchNormalizationParamInitializer.GLOBAL_MEAN).dup();
      storedVariance = norm.getParam(BatchNormalizationParamInitializer.GLOBAL_VAR).dup();
      mean = Nd4j.zeros(storedMean.shape());
      variance = Nd4j.zeros(storedMean.shape());
    }

    /** Chan, Golub and LeVeque, "Updating formulae", 1979, equation 2.1. */
    void add(INDArray maps) {
      int[] apart = maps.rank() == 4 ? new int[] {0, 2, 3} : new int[] {0};
      INDArray ownMean = maps.mean(apart).reshape(mean.shape());
      INDArray ownVariance = maps.var(false, apart).reshape(mean.shape());
      double own = maps.size(0) / (images + maps.size(0));
      INDArray between = ownMean.sub(mean);
      variance = variance.mul(1 - own).addi(ownVariance.mul(own));
      variance.addi(between.mul(between).muli(own * (1 - own)));
      mean = mean.add(between.mul(own));
      images += maps.size(0);
    }
  }

  /**
   * The statistics of images that are yet to come.
   *
   * @param network whose normalisations change with each batch
   * @param layers the normalisations, by their names
   * @param images n: how many there will be in all
   */
  public NormStatistics(ComputationGraph network, List<String> layers, int images) {
    this.network = network;
    this.storedShare = (double) STORED_IMAGES / (STORED_IMAGES + images);
    for (String name : layers) {
      norms.put(name, new Running(network.getLayer(name)));
    }
  }

  /**
   * The names of a network's batch normalisations.
   *
   * @param frozen those that did not learn with the run; the others where false
   */
  public static List<String> norms(ComputationGraph network, boolean frozen) {
    List<String> names = new ArrayList<>();
    for (Layer layer : network.getLayers()) {
      org.deeplearning4j.nn.conf.layers.Layer kind = layer.conf().getLayer();
      if (kind instanceof BatchNormalization && layer instanceof FrozenLayer == frozen) {
        names.add(kind.getLayerName());
      }
    }
    return names;
  }

  /**
   * Takes in a batch.
   *
   * @param images B x 3 x H x W, which stay as they are
   */
  public void add(INDArray images) {
    Map<Integer, INDArray> outputs = new HashMap<>();
    Map<Integer, Integer> consumers = new HashMap<>();
    for (int index : network.topologicalSortOrder()) {
      GraphVertex vertex = network.getVertices()[index];
      consumers.put(index, vertex.getNumOutputConnections());
      if (vertex.isInputVertex()) {
        outputs.put(index, images.dup());
        continue;
      }
      List<INDArray> inputs = new ArrayList<>();
      for (VertexIndices from : vertex.getInputVertices()) {
        INDArray input = outputs.get(from.getVertexIndex()).dup(); // Some layers overwrite theirs.
        vertex.setInput(inputs.size(), input, NO_WORKSPACES);
        inputs.add(input);
        if (consumers.merge(from.getVertexIndex(), -1, Integer::sum) == 0) {
          outputs.remove(from.getVertexIndex()).close();
        }
      }
      Running norm = norms.get(vertex.getVertexName());
      if (norm != null) {
        norm.add(inputs.get(0));
        store(vertex.getLayer(), norm);
      }
      INDArray output = vertex.doForward(false, NO_WORKSPACES);
      outputs.put(index, output.dup());
      vertex.clear();
      inputs.add(output);
      inputs.stream().filter(INDArray::closeable).forEach(INDArray::close);
    }
    outputs.values().forEach(INDArray::close);
  }

  private void store(Layer norm, Running of) {
    norm.getParam(BatchNormalizationParamInitializer.GLOBAL_MEAN)
        .assign(of.storedMean.mul(storedShare).addi(of.mean.mul(1 - storedShare)));
    norm.getParam(BatchNormalizationParamInitializer.GLOBAL_VAR)
        .assign(of.storedVariance.mul(storedShare).addi(of.variance.mul(1 - storedShare)));
  }
}
