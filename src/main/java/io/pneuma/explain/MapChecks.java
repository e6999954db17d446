package io.pneuma.explain;

import io.pneuma.backprop.ForwardPass;
import io.pneuma.backprop.TrainingStep;
import io.pneuma.evaluation.MapVerdict;
import io.pneuma.evaluation.MapVerdict.Mean;
import io.pneuma.evaluation.MapVerdict.Shuffled;
import io.pneuma.explain.Explainer.Explanation;
import io.pneuma.images.Hash;
import io.pneuma.images.ImageBatch;
import io.pneuma.images.ImageBatches;
import io.pneuma.images.ImagePipeline;
import io.pneuma.images.ImageView;
import io.pneuma.images.LabelledImage;
import io.pneuma.network.FusionNetwork;
import io.pneuma.platform.Processor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.hipparchus.stat.correlation.SpearmansCorrelation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Checks the maps of a network on some of its validation images. */
final class MapChecks {
  /** Images that are looked at, in one batch, as many of each class as there are. */
  static final int MOST_IMAGES = 32;

  /** Training images from which the head of another seed learns. */
  static final int MOST_FOR_HEAD = 800;

  /** Steps of that head, each of {@link #BATCH} images. */
  private static final int HEAD_STEPS = 600;

  private static final double HEAD_RATE = 1e-3;
  private static final int BATCH = MOST_IMAGES;

  /** The same where maps are rolled out, each of which takes seconds. */
  private static final int MOST_ROLLED_OUT = 16;

  /** Times that weights are shuffled for a step of the cascade; once where maps are rolled out. */
  private static final int SHUFFLES = 3;

  private final ComputationGraph graph;
  private final ImagePipeline pipeline;
  private final int size;
  private final long seed;
  private final Method method;
  private final ToIntFunction<double[]> answer;

  private int shuffles;
  private List<LabelledImage> images;
  private INDArray pixels; // Images x 3 x H x W.
  private List<Explanation> explanations;

  /**
   * Of a network.
   *
   * @param graph whose parameters are shuffled meanwhile, and then brought back
   * @param answer the class that follows from probabilities
   */
  MapChecks(
      ComputationGraph graph,
      ImagePipeline pipeline,
      long seed,
      Method method,
      ToIntFunction<double[]> answer) {
    this.graph = graph;
    this.pipeline = pipeline;
    this.size = pipeline.imageSize();
    this.seed = seed;
    this.method = method;
    this.answer = answer;
  }

  /** The number of parts that {@link #check} tells of when they are done. */
  static int parts() {
    return 9;
  }

  /**
   * Checks the maps.
   *
   * @param training images of which a head of another seed learns
   * @param done called with the number of parts that are done
   */
  MapVerdict check(
      List<LabelledImage> validation,
      List<LabelledImage> training,
      Places places,
      IntConsumer done) {
    List<Shuffled> cascade = new ArrayList<>();
    Mean repeated;
    Shuffle shuffle = new Shuffle(graph);
    Map<String, List<String>> layers = shuffle.cascade();
    try (Explainer explainer = new Explainer(graph, size, BATCH)) {
      boolean slow = explainer.rollsOut(method);
      shuffles = slow ? 1 : SHUFFLES;
      images = spread(validation, slow ? MOST_ROLLED_OUT : MOST_IMAGES);
      try (ImageBatches batches = batches(images)) {
        pixels = batches.next().pixels();
      }
      explanations = explainer.explain(pixels, answer, method);
      done.accept(1);
      for (String through : Shuffle.HEAD) { // The head reads its weights anew.
        cascade.add(shuffled(through, layers.get(through), shuffle, () -> explainAgain(explainer)));
      }
      done.accept(3);
      repeated = repeat(explainer, training);
      shuffle.restore();
      done.accept(4);
    }
    for (String through : Shuffle.BACKBONES) {
      cascade.add(shuffled(through, layers.get(through), shuffle, this::explainCompiledAnew));
      done.accept(2 * cascade.size());
    }
    shuffle.restore();
    double[][] gained = curves();
    done.accept(parts());
    return new MapVerdict(
        images.size(),
        (int) images.stream().map(LabelledImage::patient).distinct().count(),
        cascade,
        repeated,
        overPatients(gained[0]),
        overPatients(gained[1]),
        known(places).orElse(null));
  }

  /** As many of each class as there are, up to the number, spread over all of them. */
  static List<LabelledImage> spread(List<LabelledImage> images, int most) {
    Map<Integer, List<LabelledImage>> byClass = new HashMap<>();
    images.forEach(
        image -> byClass.computeIfAbsent(image.label(), key -> new ArrayList<>()).add(image));
    List<LabelledImage> spread = new ArrayList<>();
    List<Integer> labels = byClass.keySet().stream().sorted().toList();
    for (int i = 0; i < labels.size(); i++) {
      List<LabelledImage> of = byClass.get(labels.get(i));
      int taken = Math.min(of.size(), (most - spread.size()) / (labels.size() - i));
      for (int k = 0; k < taken; k++) {
        spread.add(of.get((int) ((long) k * of.size() / taken)));
      }
    }
    return spread;
  }

  private ImageBatches batches(List<LabelledImage> wanted) {
    List<ImageView> views =
        wanted.stream().map(image -> new ImageView(image, ImagePipeline.PLAIN)).toList();
    return new ImageBatches(views, pipeline, BATCH, Processor.cores());
  }

  /** Of the classes that were explained first. */
  private List<Explanation> explainAgain(Explainer explainer) {
    int[] next = {0};
    return explainer.explain(pixels, said -> explanations.get(next[0]++).which(), method);
  }

  private Mean similarity(List<List<Explanation>> others) {
    double[] each = new double[images.size()];
    for (int i = 0; i < each.length; i++) {
      for (List<Explanation> other : others) {
        each[i] += correlation(explanations.get(i).fused(), other.get(i).fused()) / others.size();
      }
    }
    return overPatients(each);
  }

  /** Of ranks; 0 where one of the maps is flat. */
  static double correlation(Heatmap one, Heatmap other) {
    double found = new SpearmansCorrelation().correlation(doubles(one), doubles(other));
    return Double.isNaN(found) ? 0 : found;
  }

  private static double[] doubles(Heatmap map) {
    return IntStream.range(0, map.values().length).mapToDouble(i -> map.values()[i]).toArray();
  }

  private Mean overPatients(double[] each) {
    return overPatients(each, images);
  }

  private static Mean overPatients(double[] each, List<LabelledImage> of) {
    Map<String, List<Double>> byPatient = new HashMap<>();
    for (int i = 0; i < each.length; i++) {
      byPatient.computeIfAbsent(of.get(i).patient(), key -> new ArrayList<>()).add(each[i]);
    }
    return Mean.of(
        byPatient.values().stream()
            .mapToDouble(values -> values.stream().mapToDouble(v -> v).average().orElseThrow())
            .sorted()
            .toArray());
  }

  private Shuffled shuffled(
      String through, List<String> layers, Shuffle shuffle, Supplier<List<Explanation>> maps) {
    List<List<Explanation>> others = new ArrayList<>();
    for (int i = 0; i < shuffles; i++) {
      shuffle.shuffle(layers, Hash.seed(seed, i));
      others.add(maps.get());
    }
    return new Shuffled(through, similarity(others));
  }

  private List<Explanation> explainCompiledAnew() {
    try (Explainer shuffled = new Explainer(graph, size, BATCH)) {
      return explainAgain(shuffled);
    }
  }

  /** Maps by a head that learns anew, with another seed, from the same backbones' features. */
  private Mean repeat(Explainer explainer, List<LabelledImage> training) {
    List<LabelledImage> some = spread(training, MOST_FOR_HEAD);
    ComputationGraph head = FusionNetwork.newHead(graph, size, seed + 1, HEAD_RATE);
    try {
      float[][][] features = features(some);
      int[] labels = some.stream().mapToInt(LabelledImage::label).toArray();
      teach(head, features, labels);
      FusionNetwork.copy(head, graph);
    } finally {
      head.close();
    }
    return similarity(List.of(explainAgain(explainer)));
  }

  private float[][][] features(List<LabelledImage> some) {
    List<float[][]> features = new ArrayList<>();
    try (ForwardPass pass = ForwardPass.of(graph, BATCH, Processor.cores());
        ImageBatches batches = batches(some)) {
      while (batches.hasNext()) {
        ImageBatch batch = batches.next();
        Collections.addAll(features, pass.outputs(new INDArray[] {batch.pixels()}).features());
      }
    }
    return features.toArray(float[][][]::new);
  }

  private void teach(ComputationGraph head, float[][][] features, int[] labels) {
    int rows = Math.min(BATCH, labels.length);
    Random random = new Random(seed + 1);
    List<Integer> order = new ArrayList<>();
    try (TrainingStep step = TrainingStep.of(head, rows, Processor.cores())) {
      for (int i = 0; i < HEAD_STEPS; i++) {
        if (order.size() < rows) {
          order = new ArrayList<>(IntStream.range(0, labels.length).boxed().toList());
          Collections.shuffle(order, random);
        }
        List<Integer> batch = order.subList(0, rows);
        INDArray[] inputs = new INDArray[features[0].length];
        for (int backbone = 0; backbone < inputs.length; backbone++) {
          int which = backbone;
          inputs[backbone] =
              Nd4j.create(
                  batch.stream().map(image -> features[image][which]).toArray(float[][]::new));
        }
        step.fit(inputs, batch.stream().mapToInt(image -> labels[image]).toArray());
        batch.clear();
      }
    }
  }

  /** By how much deletion and insertion, of each image, beat a random order. */
  private double[][] curves() {
    double[][] gained = new double[2][images.size()];
    try (ForwardPass pass = ForwardPass.of(graph, BATCH, Processor.cores())) {
      for (int i = 0; i < images.size(); i++) {
        Explanation explained = explanations.get(i);
        Curves curves = new Curves(pixels.slice(i).dup('c').data().asFloat(), size);
        int[] own = curves.order(explained.fused());
        int[] random =
            curves.randomOrder(explained.fused(), Hash.seed("order", images.get(i).sha256()));
        for (int kind = 0; kind < 2; kind++) {
          boolean deletion = kind == 0;
          double map = area(pass, curves, own, deletion, explained.which());
          double chance = area(pass, curves, random, deletion, explained.which());
          gained[kind][i] = deletion ? chance - map : map - chance;
        }
      }
    }
    return gained;
  }

  private double area(ForwardPass pass, Curves curves, int[] order, boolean deletion, int which) {
    int length = pipeline.length();
    float[] steps = new float[(Curves.STEPS + 1) * length];
    for (int step = 0; step <= Curves.STEPS; step++) {
      curves.write(order, step, deletion, steps, step * length);
    }
    INDArray batch = Nd4j.createFromArray(steps).reshape('c', Curves.STEPS + 1, 3, size, size);
    double[][] said = pass.output(new INDArray[] {batch});
    return Curves.area(IntStream.range(0, said.length).mapToDouble(i -> said[i][which]).toArray());
  }

  /** How much of what speaks for the class is where it should be, of those answered rightly. */
  private Optional<Mean> known(Places places) {
    List<LabelledImage> right = new ArrayList<>();
    List<Double> times = new ArrayList<>();
    for (int i = 0; i < images.size(); i++) {
      Optional<Places.Region> region = places.in(images.get(i).file());
      if (region.isPresent()
          && region.get().share() > 0
          && explanations.get(i).which() == images.get(i).label()) {
        double share = region.get().shareOf(explanations.get(i).fused());
        right.add(images.get(i));
        times.add(Double.isNaN(share) ? 0 : share / region.get().share());
      }
    }
    return right.isEmpty()
        ? Optional.empty()
        : Optional.of(
            overPatients(times.stream().mapToDouble(Double::doubleValue).toArray(), right));
  }
}
