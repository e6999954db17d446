package io.pneuma.backprop;

import io.pneuma.computation.GraphReader;
import io.pneuma.computation.Network;
import io.pneuma.computation.Shape;
import io.pneuma.computation.Step;
import io.pneuma.computation.UnsupportedLayerException;
import io.pneuma.inference.Featuriser;
import io.pneuma.layers.TokenGrid;
import io.pneuma.onednn.OneDnn;
import io.pneuma.platform.FeatureWorkers;
import io.pneuma.platform.Processor;
import io.pneuma.platform.Threads;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;
import org.bytedeco.javacpp.FloatPointer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The last feature maps of a graph's backbones, and how the log odds of a class, log(p / (1 - p)),
 * answer to each of their values: the same compiled backbones and head as in {@link ForwardPass},
 * with the parameters that the graph has when this is made.
 */
public final class FeatureMaps implements AutoCloseable {
  private final int batch;
  private final FeatureWorkers workers;
  private final Threads threads;
  private final List<Featuriser> featurisers = new ArrayList<>();
  private final List<Shape> shapes = new ArrayList<>();
  private final List<Boolean> averaged = new ArrayList<>(); // Whether the head takes their mean.
  private final List<Network> wholes = new ArrayList<>();
  private final Map<Integer, AttentionRollout> rollouts = new HashMap<>(); // Made when asked for.
  private final List<String> vertices;
  private final HeadStep head;

  /**
   * Of one backbone and one image, C x H x W each; of a transformer that gives its class token C x
   * 1 x 1, which tells no place.
   *
   * @param values of the feature maps
   * @param gradients of the log odds with respect to them
   */
  @SuppressWarnings("ArrayRecordComponent") // A carrier, never compared.
  public record Maps(Shape shape, float[] values, float[] gradients) {}

  /**
   * What a graph says of an image, and why.
   *
   * @param probabilities of each class
   * @param which the class whose log odds the gradients are of
   * @param maps of each backbone, in the order of {@link #vertices}
   * @param slopes of the log odds with respect to the features of each backbone
   * @param fused what the backbones' features are concatenated to, before any attention
   * @param fusedSlopes of the log odds with respect to what comes out of the attention
   */
  @SuppressWarnings("ArrayRecordComponent") // A carrier, never compared.
  public record Said(
      double[] probabilities,
      int which,
      List<Maps> maps,
      List<float[]> slopes,
      float[] fused,
      float[] fusedSlopes) {}

  /**
   * Compiles a graph.
   *
   * @param imageSize height and width of its images in pixels
   * @param batch images at a time, at most
   * @throws UnsupportedLayerException when a layer is not known here
   */
  public FeatureMaps(ComputationGraph graph, int imageSize, int batch) {
    this.batch = batch;
    this.vertices = HeadReader.starts(graph);
    String input = graph.getConfiguration().getNetworkInputs().get(0);
    Shape image = new Shape(3, imageSize, imageSize);
    List<Network> networks = new ArrayList<>();
    for (String vertex : vertices) {
      Network whole = GraphReader.read(graph, input, image, vertex);
      Network maps =
          whole
              .flatMaps()
              .orElseThrow(() -> new UnsupportedLayerException(vertex, "not made of feature maps"));
      Step.Flatten last = (Step.Flatten) maps.steps().get(maps.steps().size() - 1);
      Shape shape = maps.shapes().get(last.input());
      wholes.add(whole);
      networks.add(maps);
      shapes.add(shape);
      averaged.add(whole.steps().get(whole.steps().size() - 1) instanceof Step.Pool);
    }
    int cores = Processor.cores();
    this.threads = new Threads(cores);
    this.workers = new FeatureWorkers(cores);
    try {
      for (Network network : networks) {
        featurisers.add(Featuriser.of(OneDnn.require(), network, batch, workers));
      }
      int[] widths = new int[vertices.size()];
      Arrays.setAll(
          widths, i -> shapes.get(i).channels() * (averaged.get(i) ? 1 : shapes.get(i).pixels()));
      this.head = new HeadStep(graph, vertices, widths, batch, threads);
    } catch (RuntimeException e) {
      workers.close();
      featurisers.forEach(Featuriser::close);
      threads.close();
      throw e;
    }
  }

  /** The vertices of the backbones' features, in the order of the maps. */
  public List<String> vertices() {
    return vertices;
  }

  /** How many of the fused features are of each backbone. */
  public int[] fusedWidths() {
    return head.fusedWidths();
  }

  /** Whether a backbone's features are of a single place, such as a transformer's class token. */
  public boolean isToken(int backbone) {
    return shapes.get(backbone).pixels() == 1;
  }

  /** Whether a backbone attends to its own tokens. */
  public boolean attends(int backbone) {
    return AttentionRollout.appliesTo(wholes.get(backbone));
  }

  /**
   * How much each patch of an image passes on to the features of a backbone, by its attentions.
   *
   * @param image 3 x H x W
   * @param said what {@link #of} found of it
   * @return row by row of patches, 0 and more
   * @throws UnsupportedLayerException when the backbone is no transformer
   */
  public float[] rollout(int backbone, float[] image, Said said) {
    return rollouts
        .computeIfAbsent(backbone, key -> new AttentionRollout(wholes.get(key)))
        .relevance(image, said.slopes().get(backbone));
  }

  /**
   * What the graph says of some images.
   *
   * @param images B x 3 x H x W, at most as many as go at a time
   * @param which the class to be explained, by the probabilities of all
   */
  public List<Said> of(INDArray images, ToIntFunction<double[]> which) {
    int rows = (int) images.size(0);
    if (rows > batch) {
      throw new IllegalArgumentException(rows + " images, but there is room for " + batch);
    }
    float[][] maps = new float[vertices.size()][];
    FloatPointer[] features = new FloatPointer[vertices.size()];
    FloatPointer[] gradients = new FloatPointer[vertices.size()];
    for (int i = 0; i < maps.length; i++) {
      maps[i] = featurisers.get(i).features(images);
      float[] given = averaged.get(i) ? means(maps[i], shapes.get(i).pixels()) : maps[i];
      features[i] = new FloatPointer(given);
      gradients[i] = new FloatPointer((long) given.length);
    }
    Processor.useThreads(1);
    float[][] probabilities = head.forward(features, rows);
    double[][] said = new double[rows][];
    int[] classes = new int[rows];
    for (int row = 0; row < rows; row++) {
      said[row] = doubles(probabilities[row]);
      classes[row] = which.applyAsInt(said[row]);
    }
    head.logOddsGradients(classes, gradients);
    List<Said> all = new ArrayList<>();
    for (int row = 0; row < rows; row++) {
      List<Maps> ofImage = new ArrayList<>();
      List<float[]> slopes = new ArrayList<>();
      for (int i = 0; i < maps.length; i++) {
        slopes.add(row(gradients[i], row, rows));
        ofImage.add(maps(i, row, maps[i], slopes.get(i)));
      }
      all.add(
          new Said(
              said[row],
              classes[row],
              ofImage,
              slopes,
              head.fused(row),
              head.attendedGradient(row)));
    }
    Arrays.stream(features).forEach(FloatPointer::close);
    Arrays.stream(gradients).forEach(FloatPointer::close);
    return all;
  }

  private static double[] doubles(float[] values) {
    double[] doubles = new double[values.length];
    Arrays.setAll(doubles, k -> values[k]);
    return doubles;
  }

  private static float[] means(float[] maps, int pixels) {
    float[] means = new float[maps.length / pixels];
    for (int channel = 0; channel < means.length; channel++) {
      double sum = 0;
      for (int pixel = 0; pixel < pixels; pixel++) {
        sum += maps[channel * pixels + pixel];
      }
      means[channel] = (float) (sum / pixels);
    }
    return means;
  }

  private static float[] row(FloatPointer all, int row, int rows) {
    float[] values = new float[Math.toIntExact(all.capacity() / rows)];
    all.position((long) row * values.length).get(values);
    all.position(0);
    return values;
  }

  /** The gradient of a mean is the same at all positions. */
  private Maps maps(int backbone, int row, float[] all, float[] slopes) {
    Shape shape = shapes.get(backbone);
    int pixels = shape.pixels();
    int length = shape.channels() * pixels;
    float[] values = Arrays.copyOfRange(all, row * length, (row + 1) * length);
    float[] gradient = new float[length];
    for (int i = 0; i < length; i++) {
      gradient[i] = averaged.get(backbone) ? slopes[i / pixels] / pixels : slopes[i];
    }
    boolean tokens = shape.width() == 1 && shape.height() > 1;
    return tokens ? patches(shape, values, gradient) : new Maps(shape, values, gradient);
  }

  /** Tokens where their patches were, without the first, which has no place. */
  private static Maps patches(Shape tokens, float[] values, float[] gradients) {
    int side = TokenGrid.side(tokens.height());
    Shape grid = new Shape(tokens.channels(), side, side);
    float[] placed = new float[grid.channels() * grid.pixels()];
    float[] slopes = new float[placed.length];
    for (int channel = 0; channel < grid.channels(); channel++) {
      int from = channel * tokens.height() + 1;
      int to = channel * grid.pixels();
      System.arraycopy(values, from, placed, to, grid.pixels());
      System.arraycopy(gradients, from, slopes, to, grid.pixels());
    }
    return new Maps(grid, placed, slopes);
  }

  @Override
  public void close() {
    workers.close();
    featurisers.forEach(Featuriser::close);
    head.close();
    threads.close();
  }
}
