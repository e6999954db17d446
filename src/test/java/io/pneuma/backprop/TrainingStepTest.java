package io.pneuma.backprop;

import static io.pneuma.SameBits.assertSameBits;
import static io.pneuma.backprop.TrainingStep.NO_CLIPPING;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.attention.AttentionLayer;
import io.pneuma.attention.Attentions;
import io.pneuma.computation.UnsupportedLayerException;
import io.pneuma.onednn.OneDnn;
import io.pneuma.platform.Threads;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.javacpp.FloatPointer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.samediff.SDLayerParams;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Compiled heads against Deeplearning4j's own layers, whose attentions are SameDiff's. */
class TrainingStepTest {
  private static final int BATCH = 9;

  static Stream<Arguments> heads() {
    return Attentions.names().stream()
        .flatMap(
            attention ->
                IntStream.rangeClosed(1, 3)
                    .boxed()
                    .flatMap(
                        backbones ->
                            Stream.of(true, false)
                                .map(embedded -> Arguments.of(attention, backbones, embedded))));
  }

  static Stream<String> attentions() {
    return Attentions.names().stream();
  }

  private static void assertClose(INDArray expected, INDArray actual, double tolerance) {
    double scale = expected.amaxNumber().doubleValue();
    double error = expected.sub(actual).amaxNumber().doubleValue();
    assertTrue(scale > 0 && error <= tolerance * scale, error + " of " + scale);
  }

  private static INDArray oneHot(int[] labels) {
    float[][] hot = new float[labels.length][Heads.CLASSES];
    for (int i = 0; i < labels.length; i++) {
      hot[i][labels[i]] = 1;
    }
    return Nd4j.create(hot);
  }

  private static float[][] targets(int[] labels) {
    return oneHot(labels).toFloatMatrix();
  }

  @ParameterizedTest
  @MethodSource("heads")
  void gradientsAndScoreAreDeeplearning4js(String attention, int backbones, boolean embedded) {
    ComputationGraph graph = Heads.head(attention, backbones, embedded);
    try (Threads threads = new Threads(1)) {
      for (int rows : new int[] {BATCH, 1, 5}) {
        INDArray[] features = Heads.features(graph, rows, rows);
        int[] labels = Heads.labels(rows, rows);
        graph.setInputs(features);
        graph.setLabels(oneHot(labels));
        graph.computeGradientAndScore();
        INDArray expected = graph.gradient().gradient().dup();
        double score = graph.score();

        int[] widths = Stream.of(features).mapToInt(array -> (int) array.size(1)).toArray();
        try (HeadStep head = new HeadStep(graph, Heads.names(backbones), widths, BATCH, threads)) {
          graph.getFlattenedGradients().assign(Float.NaN); // All must be written.
          FloatPointer[] pointers =
              Stream.of(features)
                  .map(array -> new FloatPointer(array.data().addressPointer()))
                  .toArray(FloatPointer[]::new);
          assertEquals(
              score, head.forwardBackward(pointers, targets(labels), null, GradientUse.KEEP), 1e-5);
          assertClose(expected, graph.getFlattenedGradients(), 2e-5);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("attentions")
  void gradientsOnMapsAreDeeplearning4js(String attention) {
    ComputationGraph graph = Heads.onMaps(attention, 5);
    ComputationGraph byLayers = graph.clone();
    try (TrainingStep compiled =
            new CompiledTraining(OneDnn.find().get(), graph, BATCH, 2, NO_CLIPPING);
        TrainingStep layers = TrainingStep.byLayers(byLayers)) {
      for (int step = 0; step < 4; step++) {
        INDArray[] features = {
          Nd4j.rand(DataType.FLOAT, BATCH - step, 8 * 5),
          Nd4j.rand(DataType.FLOAT, BATCH - step, 60)
        };
        int[] labels = Heads.labels(BATCH - step, step);
        double expected = layers.fit(features, labels);
        assertEquals(expected, compiled.fit(features, labels), 1e-4 * expected);
      }
    }
    assertClose(byLayers.params(), graph.params(), 1e-3);
  }

  /** The gradient that backbones go on with, against differences of the score. */
  @ParameterizedTest
  @MethodSource("heads")
  void featureGradientsAreThoseOfTheScore(String attention, int backbones, boolean embedded) {
    ComputationGraph graph = Heads.head(attention, backbones, embedded);
    INDArray[] features = Heads.features(graph, 4, 1);
    int[] labels = Heads.labels(4, 1);
    int[] widths = Stream.of(features).mapToInt(array -> (int) array.size(1)).toArray();
    INDArray[] gradients = Stream.of(features).map(INDArray::like).toArray(INDArray[]::new);
    try (Threads threads = new Threads(2);
        HeadStep head = new HeadStep(graph, Heads.names(backbones), widths, BATCH, threads)) {
      FloatPointer[] in = pointers(features);
      head.forwardBackward(in, targets(labels), pointers(gradients), GradientUse.KEEP);
      for (int i = 0; i < backbones; i++) {
        INDArray direction = gradients[i].mul(0.01 / gradients[i].norm2Number().doubleValue());
        features[i].addi(direction);
        double above = head.forwardBackward(in, targets(labels), null, GradientUse.KEEP);
        features[i].subi(direction.mul(2));
        double below = head.forwardBackward(in, targets(labels), null, GradientUse.KEEP);
        features[i].addi(direction);
        double slope = labels.length * (above - below) / 0.02;
        assertEquals(1, slope / gradients[i].norm2Number().doubleValue(), 5e-3);
      }
    }
  }

  private static FloatPointer[] pointers(INDArray[] arrays) {
    return Stream.of(arrays)
        .map(array -> new FloatPointer(array.data().addressPointer()))
        .toArray(FloatPointer[]::new);
  }

  @ParameterizedTest
  @MethodSource("attentions")
  void stepsOfAdamLeadWhereDeeplearning4jsDo(String attention) {
    ComputationGraph expected = Heads.head(attention, 3, true);
    ComputationGraph actual = expected.clone();
    try (TrainingStep byLayers = new GraphTraining(expected, NO_CLIPPING);
        TrainingStep compiled =
            new CompiledTraining(OneDnn.find().get(), actual, BATCH, 2, NO_CLIPPING)) {
      for (int step = 0; step < 6; step++) {
        int rows = step % 3 == 2 ? 4 : BATCH;
        INDArray[] features = Heads.features(expected, rows, step);
        int[] labels = Heads.labels(rows, step);
        double score = byLayers.fit(features, labels);
        assertEquals(score, compiled.fit(features, labels), 1e-4);
        assertEquals(actual.score(), score, 1e-4);
        if (step == 2) {
          expected.incrementEpochCount(); // Halves the learning rate.
          actual.incrementEpochCount();
        }
      }
      INDArray[] features = Heads.features(expected, 5, 9);
      double[][] probabilities = byLayers.output(features);
      double[][] compiledProbabilities = compiled.output(features);
      for (int row = 0; row < 5; row++) {
        assertArrayEquals(probabilities[row], compiledProbabilities[row], 1e-4);
      }
    }
    assertEquals(6, actual.getIterationCount());
    assertClose(expected.params(), actual.params(), 1e-4);
    INDArray moments = expected.getUpdater().getStateViewArray();
    assertClose(moments, actual.getUpdater().getStateViewArray(), 1e-4);
  }

  @ParameterizedTest
  @MethodSource("attentions")
  void bitsDoNotDependOnTheNumberOfThreads(String attention) {
    ComputationGraph one = Heads.head(attention, 3, true);
    ComputationGraph two = one.clone();
    try (TrainingStep alone =
            new CompiledTraining(OneDnn.find().get(), one, BATCH, 1, NO_CLIPPING);
        TrainingStep shared =
            new CompiledTraining(OneDnn.find().get(), two, BATCH, 3, NO_CLIPPING)) {
      for (int step = 0; step < 5; step++) {
        INDArray[] features = Heads.features(one, BATCH - step, step);
        int[] labels = Heads.labels(BATCH - step, step);
        assertEquals(alone.fit(features, labels), shared.fit(features, labels));
      }
    }
    assertSameBits(one.params(), two.params());
  }

  /** What the training UI takes from a step, which must not change what the step computes. */
  @Test
  void listenersSeeActivationsGradientsAndUpdates() {
    ComputationGraph watched = Heads.head("se", 2, true);
    ComputationGraph unwatched = Heads.head("se", 2, true); // A clone would share listeners.
    unwatched.setParams(watched.params());
    INDArray[] features = Heads.features(watched, BATCH, 1);
    int[] labels = Heads.labels(BATCH, 1);
    List<String> seen = new ArrayList<>();
    INDArray before = watched.params().dup();
    watched.setListeners(
        new BaseTrainingListener() {
          @Override
          public void onForwardPass(Model model, Map<String, INDArray> activations) {
            seen.addAll(activations.keySet());
            assertArrayEquals(new long[] {BATCH, 48}, activations.get("attention").shape());
          }

          @Override
          public void onGradientCalculation(Model model) {
            seen.add("gradients of " + model.batchSize());
            INDArray gradient = model.gradient().getGradientFor("attention_W1");
            assertTrue(gradient.amaxNumber().doubleValue() > 0);
          }

          @Override
          public void iterationDone(Model model, int iteration, int epoch) {
            seen.add("iteration " + iteration);
            assertClose(before.sub(model.params()), model.gradient().gradient(), 1e-3);
          }
        });
    try (TrainingStep one =
            new CompiledTraining(OneDnn.find().get(), unwatched, BATCH, 1, NO_CLIPPING);
        TrainingStep other =
            new CompiledTraining(OneDnn.find().get(), watched, BATCH, 1, NO_CLIPPING)) {
      assertEquals(one.fit(features, labels), other.fit(features, labels));
    }
    assertEquals(
        List.of(
            "embedding0",
            "embedding1",
            "fused",
            "attention",
            "output",
            "gradients of 9",
            "iteration 0"),
        seen);
    assertSameBits(unwatched.params(), watched.params());
  }

  @Test
  void stepsThatNobodyLooksAtAreOnlyCounted() {
    ComputationGraph graph = Heads.head("eca", 2, true);
    ComputationGraph alone = Heads.head("eca", 2, true);
    alone.setParams(graph.params());
    List<String> seen = new ArrayList<>();
    graph.setListeners(
        new BaseTrainingListener() {
          @Override
          public void onGradientCalculation(Model model) {
            seen.add("gradients");
          }

          @Override
          public void iterationDone(Model model, int iteration, int epoch) {
            seen.add(iteration + ": " + model.batchSize());
          }
        });
    try (TrainingStep one =
            new CompiledTraining(OneDnn.find().get(), alone, BATCH, 1, NO_CLIPPING);
        TrainingStep other =
            new CompiledTraining(OneDnn.find().get(), graph, BATCH, 1, NO_CLIPPING)) {
      for (int step = 0; step < 3; step++) {
        INDArray[] features = Heads.features(graph, BATCH - step, step);
        int[] labels = Heads.labels(BATCH - step, step);
        assertEquals(one.fit(features, labels), other.fit(features, targets(labels), step == 1));
      }
    }
    assertEquals(List.of("0: 9", "gradients", "1: 8", "2: 7"), seen);
    assertSameBits(alone.params(), graph.params());
  }

  /** More rows and columns of a weight than a block of its gradient has. */
  @Test
  void updatesAtOnceAndByStoredGradientsAreTheSame() {
    GraphBuilder builder = Heads.builder();
    builder
        .addInputs("features")
        .addLayer(
            "embedding",
            new DenseLayer.Builder().nOut(150).activation(Activation.IDENTITY).build(),
            "features")
        .addVertex("fused", new MergeVertex(), "embedding");
    Heads.finish(builder, "fused");
    builder.setInputTypes(InputType.feedForward(4500));
    ComputationGraph atOnce = new ComputationGraph(builder.build());
    atOnce.init();
    ComputationGraph stored = new ComputationGraph(builder.build());
    stored.init(atOnce.params(), true); // A clone would share listeners.
    stored.setListeners(new BaseTrainingListener() {}); // Who may ask for the gradients.
    INDArray before = atOnce.params().dup();
    try (TrainingStep one =
            new CompiledTraining(OneDnn.find().get(), atOnce, BATCH, 2, NO_CLIPPING);
        TrainingStep other =
            new CompiledTraining(OneDnn.find().get(), stored, BATCH, 2, NO_CLIPPING)) {
      for (int step = 0; step < 3; step++) {
        INDArray[] features = {Nd4j.rand(BATCH, 4500)};
        int[] labels = Heads.labels(BATCH, step);
        assertEquals(one.fit(features, labels), other.fit(features, labels));
      }
    }
    assertTrue(stored.getFlattenedGradients().amaxNumber().doubleValue() > 0);
    assertEquals(0, atOnce.getFlattenedGradients().amaxNumber().doubleValue());
    INDArray moved = before.sub(atOnce.params());
    for (float difference : moved.toFloatVector()) {
      assertNotEquals(0, difference);
    }
    assertSameBits(stored.params(), atOnce.params());
    INDArray moments = stored.getUpdater().getStateViewArray();
    assertSameBits(moments, atOnce.getUpdater().getStateViewArray());
  }

  /** Processors are many times slower with denormal numbers. */
  @Test
  void parametersThatGetNoGradientAnyMoreMakeNoDenormalNumbers() {
    ComputationGraph graph = Heads.head("se", 1, true);
    List<Float> denormal = new ArrayList<>();
    graph.setListeners(
        new BaseTrainingListener() {
          @Override
          public void iterationDone(Model model, int iteration, int epoch) {
            INDArray moments = graph.getUpdater().getStateViewArray();
            for (INDArray numbers : List.of(model.gradient().gradient(), moments)) {
              for (float number : numbers.toFloatVector()) {
                if (number != 0 && Math.abs(number) < Float.MIN_NORMAL) {
                  denormal.add(number);
                }
              }
            }
          }
        });
    INDArray[] features = Heads.features(graph, BATCH, 1);
    int[] labels = Heads.labels(BATCH, 1);
    try (TrainingStep step =
        new CompiledTraining(OneDnn.find().get(), graph, BATCH, 1, NO_CLIPPING)) {
      step.fit(features, labels);
      features[0].getColumn(0).assign(0);
      for (int i = 0; i < 1000; i++) { // 0.9^1000 is 1e-46.
        step.fit(features, labels);
      }
    }
    assertEquals(List.of(), denormal);
  }

  /** Two gates, a softmax and a residual, which the program does not ship. */
  static final class Gated extends AttentionLayer {
    private static final long serialVersionUID = 1;

    @Override
    public void defineParameters(SDLayerParams params) {
      params.addWeightParam("Wv", getChannels(), getChannels());
      params.addWeightParam("Wg", getChannels(), getChannels());
      params.addWeightParam("Ws", getChannels(), 5);
      params.addWeightParam("Wt", 5, getChannels());
    }

    @Override
    public SDVariable defineLayer(
        SameDiff sd, SDVariable features, Map<String, SDVariable> params, SDVariable mask) {
      SDVariable value = sd.math.tanh(features.mmul(params.get("Wv")));
      SDVariable gate = sd.nn.sigmoid(features.mmul(params.get("Wg")).add(0.5));
      SDVariable parts = sd.nn.softmax(sd.nn.relu(features, 0).mmul(params.get("Ws")), -1);
      SDVariable mixed = parts.mul(3).mmul(params.get("Wt"));
      return features.mul(features).sub(mixed).add(value.mul(gate)).add(features);
    }
  }

  /** All that is known besides: tokens, means, sums, matrices of an example, numbers, a bias. */
  static final class Tokens extends AttentionLayer {
    private static final long serialVersionUID = 1;

    @Override
    public void defineParameters(SDLayerParams params) {
      params.addWeightParam("W", 8, 24);
      params.addWeightParam("b", 1, 24);
      params.addWeightParam("t", 1, 8);
    }

    @Override
    public SDVariable defineLayer(
        SameDiff sd, SDVariable features, Map<String, SDVariable> params, SDVariable mask) {
      SDVariable tokens = features.reshape(-1, 3, 8);
      SDVariable mean = tokens.mean(true, 2);
      SDVariable centred = tokens.sub(mean).mul(mean.rsub(1)).add(params.get("t"));
      SDVariable scores = centred.mmul(tokens.permute(0, 2, 1)).div(3);
      SDVariable mixed = sd.nn.softmax(sd.math.neg(scores).sub(0.5), -1).mmul(centred);
      SDVariable turned = mixed.permute(0, 2, 1).reshape(-1, 24).add(params.get("b"));
      SDVariable gate = sd.nn.sigmoid(tokens.sum(1).mmul(params.get("W")));
      return turned.mul(gate).add(sd.math.tanh(features).mul(2));
    }
  }

  static Stream<AttentionLayer> unknown() {
    return Stream.of(new Gated(), new Tokens());
  }

  /** An attention with an operation that is not known here. */
  static final class Waves extends AttentionLayer {
    private static final long serialVersionUID = 1;

    @Override
    public void defineParameters(SDLayerParams params) {
      params.addWeightParam("W", getChannels(), getChannels());
    }

    @Override
    public SDVariable defineLayer(
        SameDiff sd, SDVariable features, Map<String, SDVariable> params, SDVariable mask) {
      return sd.math.sin(features.mmul(params.get("W")));
    }
  }

  private static ComputationGraph headWith(AttentionLayer attention, int channels) {
    GraphBuilder builder = Heads.builder();
    attention.setChannels(channels);
    builder
        .addInputs("features")
        .addLayer(
            "embedding",
            new DenseLayer.Builder().nOut(channels).activation(Activation.IDENTITY).build(),
            "features")
        .addVertex("fused", new MergeVertex(), "embedding")
        .addLayer("attention", attention, "fused");
    Heads.finish(builder, "attention");
    builder.setInputTypes(InputType.feedForward(channels));
    ComputationGraph graph = new ComputationGraph(builder.build());
    graph.init();
    return graph;
  }

  /** One file and one line in the registry are an attention: this one has not even the line. */
  @ParameterizedTest
  @MethodSource("unknown")
  void anAttentionThatNobodyKnewTrainsByItsOwnDefinition(AttentionLayer attention) {
    ComputationGraph graph = headWith(attention, 24);
    ComputationGraph byLayers = graph.clone();
    try (TrainingStep step =
            new CompiledTraining(OneDnn.find().get(), graph, BATCH, 2, NO_CLIPPING);
        TrainingStep layers = TrainingStep.byLayers(byLayers)) {
      for (int i = 0; i < 5; i++) {
        int rows = BATCH - i;
        INDArray[] features = Heads.features(graph, rows, i);
        int[] labels = Heads.labels(rows, i);
        double expected = layers.fit(features, labels);
        assertEquals(expected, step.fit(features, labels), 1e-5 * expected);
        double[][] said = layers.output(features);
        double[][] saidHere = step.output(features);
        for (int row = 0; row < rows; row++) {
          assertArrayEquals(said[row], saidHere[row], 1e-4);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("unknown")
  void itsGradientsAreThoseOfTheLayers(AttentionLayer attention) {
    ComputationGraph graph = headWith(attention, 24);
    INDArray[] features = Heads.features(graph, BATCH, 1);
    int[] labels = Heads.labels(BATCH, 1);
    ComputationGraph byLayers = graph.clone();
    float[][] hot = new float[BATCH][(int) byLayers.layerSize("output")];
    for (int row = 0; row < BATCH; row++) {
      hot[row][labels[row]] = 1;
    }
    byLayers.setInputs(features);
    byLayers.setLabels(Nd4j.create(hot));
    byLayers.computeGradientAndScore();
    List<INDArray> seen = new ArrayList<>();
    graph.setListeners(
        new BaseTrainingListener() {
          @Override
          public void onGradientCalculation(Model model) {
            seen.add(model.gradient().gradient().dup());
          }
        });
    try (TrainingStep step =
        new CompiledTraining(OneDnn.find().get(), graph, BATCH, 2, NO_CLIPPING)) {
      step.fit(features, labels);
    }
    INDArray expected = byLayers.gradient().gradient();
    double apart = expected.sub(seen.get(0)).norm2Number().doubleValue();
    double length = expected.norm2Number().doubleValue();
    assertTrue(apart <= 1e-5 * length, apart + " of " + length);
  }

  @Test
  void anOperationThatIsNotKnownHereIsNamedAndLeftToTheLayers() {
    ComputationGraph graph = headWith(new Waves(), 24);
    UnsupportedLayerException refusal =
        assertThrows(
            UnsupportedLayerException.class,
            () -> new CompiledTraining(OneDnn.find().get(), graph, BATCH, 1, NO_CLIPPING));
    assertTrue(refusal.getMessage().contains("Waves's sin"), refusal.getMessage());
    INDArray before = graph.params().dup();
    try (TrainingStep step = TrainingStep.of(graph, BATCH, 1)) {
      assertTrue(step.fit(Heads.features(graph, 4, 1), Heads.labels(4, 1)) > 0);
    }
    assertTrue(before.distance2(graph.params()) > 0);
  }
}
