package io.pneuma.explain;

import io.pneuma.network.FusionNetwork;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Shuffles the values within each array of a network's parameters, from the output down: what they
 * have learnt is gone, and how large they are stays (after Adebayo et al., "Sanity checks for
 * saliency maps", NeurIPS 2018, section 3).
 */
final class Shuffle {
  /** The steps of the cascade that leave the backbones alone. */
  static final List<String> HEAD = List.of("output", "head");

  /** Those that follow. */
  static final List<String> BACKBONES = List.of("upper half of the layers", "all layers");

  private final ComputationGraph graph;
  private final Map<String, List<INDArray>> kept = new LinkedHashMap<>(); // By layer, output first.

  Shuffle(ComputationGraph graph) {
    this.graph = graph;
    List<Layer> layers = new ArrayList<>(Arrays.asList(graph.getLayers()));
    Collections.reverse(layers);
    for (Layer layer : layers) {
      if (layer.numParams() > 0) {
        List<INDArray> copies =
            layer.paramTable().values().stream().map(array -> array.dup('c')).toList();
        kept.put(layer.conf().getLayer().getLayerName(), copies);
      }
    }
  }

  /** The layers behind the backbones, then upper halves of these, then all, as lists of names. */
  Map<String, List<String>> cascade() {
    List<String> head = kept.keySet().stream().filter(FusionNetwork::isOfHead).toList();
    List<String> backbones =
        kept.keySet().stream().filter(name -> !FusionNetwork.isOfHead(name)).toList();
    Map<String, List<String>> cascade = new LinkedHashMap<>();
    cascade.put(HEAD.get(0), List.of(FusionNetwork.OUTPUT));
    cascade.put(HEAD.get(1), head);
    List<String> upper = new ArrayList<>(head);
    upper.addAll(backbones.subList(0, backbones.size() / 2));
    cascade.put(BACKBONES.get(0), upper);
    List<String> all = new ArrayList<>(head);
    all.addAll(backbones);
    cascade.put(BACKBONES.get(1), all);
    return cascade;
  }

  /** Shuffles the parameters of some layers; those of the others are as they were at first. */
  void shuffle(List<String> layers, long seed) {
    Random random = new Random(seed);
    kept.forEach(
        (name, arrays) -> {
          int index = 0;
          for (INDArray array : graph.getLayer(name).paramTable().values()) {
            INDArray before = arrays.get(index++);
            array.assign(layers.contains(name) ? shuffled(before, random) : before);
          }
        });
  }

  /** Brings all parameters back. */
  void restore() {
    shuffle(List.of(), 0);
  }

  private static INDArray shuffled(INDArray array, Random random) {
    float[] values = array.data().asFloat().clone();
    for (int i = values.length - 1; i > 0; i--) {
      int other = random.nextInt(i + 1);
      float kept = values[i];
      values[i] = values[other];
      values[other] = kept;
    }
    return Nd4j.createFromArray(values).reshape('c', array.shape());
  }
}
