package io.pneuma.backprop;

import io.pneuma.attention.Attentions;
import io.pneuma.config.Recipe.AttentionSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;
import org.nd4j.linalg.schedule.ScheduleType;
import org.nd4j.linalg.schedule.StepSchedule;

/** Small heads, and features and labels for them. */
final class Heads {
  static final int CLASSES = 3;

  private Heads() {}

  static List<String> names(int backbones) {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < backbones; i++) {
      names.add("backbone" + i + "/features");
    }
    return names;
  }

  /** How many features each backbone gives; the same where a sequence needs it. */
  static int width(int backbone, boolean embedded) {
    return embedded ? 20 + 7 * backbone : 24;
  }

  static ComputationGraph head(String attention, int backbones, boolean embedded) {
    GraphBuilder graph = builder();
    List<String> fused = new ArrayList<>();
    List<InputType> types = new ArrayList<>();
    for (String name : names(backbones)) {
      types.add(InputType.feedForward(width(types.size(), embedded)));
      graph.addInputs(name);
      if (embedded) {
        fused.add("embedding" + fused.size());
        graph.addLayer(
            fused.get(fused.size() - 1),
            new DenseLayer.Builder().nOut(24).activation(Activation.IDENTITY).build(),
            name);
      } else {
        fused.add(name);
      }
    }
    graph.addVertex("fused", new MergeVertex(), fused.toArray(String[]::new));
    int channels = 24 * backbones;
    Attentions.create(
            new AttentionSpec(attention, 5, 4), new Attentions.Fused(backbones, channels, 1))
        .ifPresent(layer -> graph.addLayer("attention", layer, "fused"));
    finish(graph, attention.equals("none") ? "fused" : "attention");
    graph.setInputTypes(types.toArray(InputType[]::new));
    ComputationGraph head = new ComputationGraph(graph.build());
    head.init();
    INDArray all = head.params(); // Biases start at zero, which would hide an error.
    all.addi(Nd4j.rand(all.shape()).muli(0.2).subi(0.1));
    return head;
  }

  /** On maps of so many positions: 8 channels of one backbone and 12 of another. */
  static ComputationGraph onMaps(String attention, int positions) {
    GraphBuilder graph = builder();
    List<String> names = names(2);
    graph.addInputs(names).addVertex("fused", new MergeVertex(), names.toArray(String[]::new));
    graph.addLayer(
        "attention",
        Attentions.create(
                new AttentionSpec(attention, 5, 4), new Attentions.Fused(2, 20, positions))
            .orElseThrow(),
        "fused");
    finish(graph, "attention");
    graph.setInputTypes(
        InputType.feedForward(8L * positions), InputType.feedForward(12L * positions));
    ComputationGraph head = new ComputationGraph(graph.build());
    head.init();
    return head;
  }

  static GraphBuilder builder() {
    return new NeuralNetConfiguration.Builder()
        .seed(3)
        .updater(new Adam(new StepSchedule(ScheduleType.EPOCH, 1e-2, 0.5, 1)))
        .graphBuilder();
  }

  static void finish(GraphBuilder graph, String last) {
    INDArray weights = Nd4j.create(new double[] {0.5, 1.5, 1}, new long[] {1, CLASSES});
    graph
        .addLayer(
            "output",
            new OutputLayer.Builder(new LossMCXENT(weights))
                .nOut(CLASSES)
                .activation(Activation.SOFTMAX)
                .build(),
            last)
        .setOutputs("output");
  }

  static INDArray[] features(ComputationGraph head, int rows, long seed) {
    Random random = new Random(seed);
    boolean embedded = head.getConfiguration().getVertices().containsKey("embedding0");
    INDArray[] features = new INDArray[head.getNumInputArrays()];
    for (int i = 0; i < features.length; i++) {
      float[] values = new float[rows * width(i, embedded)];
      for (int j = 0; j < values.length; j++) {
        values[j] = (float) random.nextGaussian();
      }
      features[i] = Nd4j.createFromArray(values).reshape('c', rows, width(i, embedded));
    }
    return features;
  }

  static int[] labels(int rows, long seed) {
    return new Random(seed).ints(rows, 0, CLASSES).toArray();
  }
}
