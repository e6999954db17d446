package io.pneuma.backprop;

import io.pneuma.attention.AttentionLayer;
import io.pneuma.backprop.HeadReader.Branch;
import io.pneuma.computation.UnsupportedLayerException;
import io.pneuma.platform.Threads;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.FloatPointer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;

/**
 * The part of a graph behind its backbones, forward and backward: embeddings, concatenation,
 * attention, softmax. B rows in a batch, I features of a backbone, C fused features, K classes.
 */
final class HeadStep implements AutoCloseable {
  private final ComputationGraph graph;
  private final Threads threads;
  private final int most;
  private final HeadReader.Layout layout;
  private final int[] widths;
  private final List<FloatPointer> rooms = new ArrayList<>();
  private final List<Optional<Dense>> embeddings = new ArrayList<>();
  private final List<Turned> turned = new ArrayList<>(); // The features of each branch.
  private final Matrix fused; // B x C
  private final Matrix fusedGradient;
  private final Matrix attended; // B x C
  private final Matrix attendedGradient;
  private final Optional<SameDiffStep> attention;
  private final Optional<LeftOutFeatures> dropout;
  private final SoftmaxOutput output;

  /**
   * Reads the head of a graph. Parameters and gradients are where the graph has them.
   *
   * @param features the vertices with which the head starts
   * @param widths number of features of each
   * @param most rows of the largest batch
   * @throws UnsupportedLayerException when a layer is not known here, naming it
   */
  HeadStep(ComputationGraph graph, List<String> features, int[] widths, int most, Threads threads) {
    this.graph = graph;
    this.threads = threads;
    this.most = most;
    this.widths = widths;
    this.layout = HeadReader.read(graph, features);
    int channels = 0;
    for (Branch branch : layout.branches()) {
      channels += width(branch);
    }
    this.fused = room(channels);
    this.fusedGradient = room(channels);
    int start = 0;
    for (Branch branch : layout.branches()) {
      Matrix out = fused.columns(start, width(branch));
      Matrix gradient = fusedGradient.columns(start, width(branch));
      embeddings.add(
          branch
              .embedding()
              .map(name -> new Dense(parameter(name, "W"), parameter(name, "b"), out, gradient)));
      turned.add(new Turned(room(widths[branch.features()])));
      start += width(branch);
    }
    Optional<Integer> given = layout.attention().map(name -> layer(name).getChannels());
    this.attended = given.map(this::room).orElse(fused);
    this.attendedGradient = given.map(this::room).orElse(fusedGradient);
    SameDiffStep.Ends ends =
        new SameDiffStep.Ends(fused, fusedGradient, attended, attendedGradient);
    this.attention = layout.attention().map(name -> attention(name, ends));
    this.dropout =
        HeadReader.dropout(graph, layout.output())
            .map(
                kind ->
                    new LeftOutFeatures(
                        kind, attended, attendedGradient, room(attended.columns())));
    Matrix kept = dropout.map(LeftOutFeatures::kept).orElse(attended);
    this.output = output(layout.output(), kept, attendedGradient);
  }

  private int width(Branch branch) {
    return branch
        .embedding()
        .map(name -> parameter(name, "b").value().columns())
        .orElse(widths[branch.features()]);
  }

  private SameDiffStep attention(String name, SameDiffStep.Ends ends) {
    return new SameDiffStep(
        new SameDiffStep.Context(
            name, layer(name), threads, ends, key -> parameter(name, key), this::room));
  }

  private AttentionLayer layer(String name) {
    return (AttentionLayer) graph.getLayer(name).conf().getLayer();
  }

  private SoftmaxOutput output(String name, Matrix in, Matrix gradient) {
    OutputLayer layer = (OutputLayer) graph.getLayer(name).conf().getLayer();
    LossMCXENT loss = (LossMCXENT) layer.getLossFn();
    int classes = (int) layer.getNOut();
    return new SoftmaxOutput(
        in,
        gradient,
        room(classes),
        room(classes),
        parameter(name, "W"),
        parameter(name, "b"),
        HeadReader.classWeights(loss, classes),
        loss.getSoftmaxClipEps());
  }

  private Parameter parameter(String layer, String key) {
    return Parameter.of(graph, layer, key);
  }

  private Matrix room(int columns) {
    FloatPointer memory = new FloatPointer((long) most * columns);
    rooms.add(memory);
    return Matrix.of(memory, most, columns);
  }

  /**
   * The probabilities of the classes.
   *
   * @param features for each of the head's inputs rows x I
   * @return rows x K, to be read before the next call
   */
  float[][] forward(FloatPointer[] features, int rows) {
    dropout.ifPresent(LeftOutFeatures::keepAll);
    return pass(features, rows);
  }

  private float[][] pass(FloatPointer[] features, int rows) {
    if (rows > most) {
      throw new IllegalArgumentException(rows + " rows, but there is room for " + most);
    }
    List<Runnable> copies = new ArrayList<>();
    List<Runnable> pieces = new ArrayList<>();
    for (int i = 0; i < embeddings.size(); i++) {
      Matrix in = in(features, i, rows);
      Turned factor = turned.get(i);
      if (embeddings.get(i).isPresent()) {
        copies.addAll(factor.copy(in));
        pieces.addAll(embeddings.get(i).get().forward(in, factor));
      } else {
        Matrix plain = fused.columns(columnOf(i), width(layout.branches().get(i)));
        copies.addAll(copy(in, plain, rows));
      }
    }
    threads.run(copies);
    threads.run(pieces);
    attention.ifPresent(step -> step.forward(rows));
    dropout.ifPresent(step -> threads.run(step.forward(rows)));
    threads.run(output.forward(rows));
    return output.probabilities(rows);
  }

  private int columnOf(int branch) {
    return layout.branches().subList(0, branch).stream().mapToInt(this::width).sum();
  }

  private Matrix in(FloatPointer[] features, int branch, int rows) {
    int which = layout.branches().get(branch).features();
    return Matrix.of(features[which], rows, widths[which]);
  }

  private static List<Runnable> copy(Matrix from, Matrix to, int rows) {
    return Pieces.cut(
        rows,
        Pieces.ROWS,
        (first, count) -> {
          float[] values = new float[from.columns()];
          for (int row = first; row < first + count; row++) {
            from.read(row, values);
            to.write(row, values);
          }
        });
  }

  /**
   * The loss, and the gradients of all parameters, summed over the batch as Deeplearning4j's are.
   *
   * @param features for each of the head's inputs rows x I
   * @param targets B x K, what each class is to have of each row
   * @param featureGradients likewise, to be filled; null when nobody learns from them
   * @param use gets the gradients when no parameter is read any more
   * @return the mean loss
   */
  double forwardBackward(
      FloatPointer[] features,
      float[][] targets,
      FloatPointer[] featureGradients,
      GradientUse use) {
    int rows = targets.length;
    int iteration = graph.getConfiguration().getIterationCount();
    dropout.ifPresent(step -> step.draw(rows, iteration));
    pass(features, rows);
    threads.run(output.backward(targets));
    dropout.ifPresent(step -> threads.run(step.backward(rows)));
    attention.ifPresent(step -> step.backward(rows));
    if (featureGradients != null) {
      backwardTo(featureGradients, rows);
    }
    List<Runnable> gradients = new ArrayList<>();
    attention.ifPresent(step -> gradients.addAll(step.gradients(rows, use)));
    for (int i = 0; i < embeddings.size(); i++) {
      Matrix in = in(features, i, rows);
      embeddings.get(i).ifPresent(dense -> gradients.addAll(dense.gradients(in, use)));
    }
    gradients.addAll(output.gradients(rows, use));
    threads.run(gradients);
    return output.loss(targets);
  }

  /**
   * How the log odds of a class answer to the features, after {@link #forward}.
   *
   * @param classes one for each row
   * @param featureGradients for each of the head's inputs rows x I, to be filled
   */
  void logOddsGradients(int[] classes, FloatPointer[] featureGradients) {
    int rows = classes.length;
    threads.run(output.backwardOfLogOdds(classes));
    dropout.ifPresent(step -> threads.run(step.backward(rows)));
    attention.ifPresent(step -> step.backward(rows));
    backwardTo(featureGradients, rows);
  }

  private void backwardTo(FloatPointer[] featureGradients, int rows) {
    List<Runnable> pieces = new ArrayList<>();
    for (int i = 0; i < embeddings.size(); i++) {
      Matrix gradient = in(featureGradients, i, rows);
      Matrix plain = fusedGradient.columns(columnOf(i), gradient.columns());
      pieces.addAll(
          embeddings
              .get(i)
              .map(dense -> dense.backwardTo(gradient))
              .orElseGet(() -> copy(plain, gradient, rows)));
    }
    threads.run(pieces);
  }

  /** What the last forward pass concatenated of an example: C. */
  float[] fused(int row) {
    float[] values = new float[fused.columns()];
    fused.read(row, values);
    return values;
  }

  /**
   * The gradient with respect to what the attention gave of an example, which a way back leaves.
   */
  float[] attendedGradient(int row) {
    float[] values = new float[attendedGradient.columns()];
    attendedGradient.read(row, values);
    return values;
  }

  /** How many of these are of each branch. */
  int[] fusedWidths() {
    return layout.branches().stream().mapToInt(this::width).toArray();
  }

  /** What the vertices gave in the last forward pass, by name, for Deeplearning4j's listeners. */
  Map<String, INDArray> activations(int rows) {
    Map<String, INDArray> activations = new LinkedHashMap<>();
    for (int i = 0; i < embeddings.size(); i++) {
      Optional<String> name = layout.branches().get(i).embedding();
      Optional<Dense> dense = embeddings.get(i);
      name.ifPresent(key -> activations.put(key, dense.get().out().rows(0, rows).copy()));
    }
    activations.put(layout.fused(), fused.rows(0, rows).copy());
    layout.attention().ifPresent(name -> activations.put(name, attended.rows(0, rows).copy()));
    activations.put(layout.output(), Nd4j.create(output.probabilities(rows)));
    return activations;
  }

  @Override
  public void close() {
    attention.ifPresent(SameDiffStep::close);
    rooms.forEach(FloatPointer::close);
  }
}
