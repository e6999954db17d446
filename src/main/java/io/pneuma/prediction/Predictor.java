package io.pneuma.prediction;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.pneuma.backprop.ForwardPass;
import io.pneuma.computation.Network;
import io.pneuma.config.Recipe;
import io.pneuma.evaluation.Familiarity;
import io.pneuma.evaluation.OperatingPoint;
import io.pneuma.graphfiles.ModelFile;
import io.pneuma.images.GreyLayout;
import io.pneuma.images.ImageBatch;
import io.pneuma.images.ImageBatches;
import io.pneuma.images.ImagePipeline;
import io.pneuma.images.ImageView;
import io.pneuma.images.LabelledImage;
import io.pneuma.images.Shift;
import io.pneuma.network.FusionNetwork;
import io.pneuma.platform.Processor;
import io.pneuma.run.RunDirectory;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** A run's trained network with its labels, or several networks as one; answers for images. */
public final class Predictor {
  private final List<Network> networks;
  private final List<String> labels;
  private final OperatingPoint point;

  private Predictor(List<Network> networks, List<String> labels, OperatingPoint point) {
    this.networks = networks;
    this.labels = labels;
    this.point = point;
  }

  /** A trained run and its recipe. */
  public record Trained(RunDirectory run, Recipe recipe) {}

  /** A network that is being loaded, and how it takes images. */
  private static final class Network {
    private final Future<ComputationGraph> graph;
    private final Future<Familiarity> familiarity;
    private final ImagePipeline pipeline;
    private final int imageSize;

    Network(Trained trained) {
      Path model = trained.run().model();
      this.graph = begin(() -> ModelFile.read(model));
      this.familiarity = begin(() -> Familiarity.of(ModelFile.readBytes(model, Familiarity.FILE)));
      Recipe recipe = trained.recipe();
      this.imageSize = recipe.data().imageSize();
      this.pipeline = new ImagePipeline(imageSize, recipe.augmentation(), recipe.seed());
    }

    private static <T> Future<T> begin(Callable<T> work) {
      FutureTask<T> task = new FutureTask<>(work);
      Thread loader = new Thread(task, "model");
      loader.setDaemon(true);
      loader.start();
      return task;
    }

    private Answer predict(Path image) throws IOException {
      FloatBuffer pixels = FloatBuffer.allocate(3 * imageSize * imageSize);
      pipeline.read(image, pixels);
      INDArray batch =
          Nd4j.createFromArray(pixels.array()).reshape('c', 1, 3, imageSize, imageSize);
      try (ForwardPass layers = ForwardPass.byLayers(loaded(graph))) {
        float[] layout = GreyLayout.of(pixels.rewind(), imageSize);
        return answers(layers.outputs(new INDArray[] {batch}), List.of(layout)).get(0);
      }
    }

    private List<List<Answer>> predict(
        List<LabelledImage> images, List<Shift> shifts, int batchSize, LongConsumer done)
        throws IOException {
      List<ImageView> views =
          images.stream().map(image -> new ImageView(image, ImagePipeline.PLAIN)).toList();
      List<List<Answer>> all = new ArrayList<>();
      int threads = Processor.cores();
      try (ForwardPass compiled = ForwardPass.of(loaded(graph), batchSize, threads)) {
        for (Shift shift : shifts) {
          long before = (long) all.size() * images.size();
          List<Answer> answers = new ArrayList<>();
          try (ImageBatches batches =
              new ImageBatches(views, pipeline.shifted(shift), batchSize, threads)) {
            while (batches.hasNext()) {
              ImageBatch batch = batches.next();
              List<float[]> layouts = GreyLayout.of(batch);
              answers.addAll(answers(compiled.outputs(new INDArray[] {batch.pixels()}), layouts));
              done.accept(before + answers.size());
            }
          }
          all.add(answers);
        }
      }
      return all;
    }

    private List<Answer> answers(ForwardPass.Outputs outputs, List<float[]> layouts)
        throws IOException {
      Familiarity known = loaded(familiarity);
      int positions = FusionNetwork.positions(loaded(graph));
      List<Answer> answers = new ArrayList<>();
      for (int i = 0; i < outputs.probabilities().length; i++) {
        double distance =
            known.distance(Familiarity.parts(outputs.features()[i], positions, layouts.get(i)));
        boolean unfamiliar = distance > known.threshold();
        answers.add(new Answer(outputs.probabilities()[i], distance, unfamiliar));
      }
      return answers;
    }
  }

  /**
   * Begins to load the network of a run, which goes on while the first image is read.
   *
   * @throws IOException when the run has no model yet
   */
  public static Predictor load(Trained trained) throws IOException {
    RunDirectory run = trained.run();
    return new Predictor(
        List.of(new Network(trained)),
        List.of(read(run, run.labels(), String[].class)),
        read(run, run.decision(), OperatingPoint.class));
  }

  /**
   * Begins to load the members of an ensemble, whose answer is the mean of theirs.
   *
   * @param run the ensemble's
   */
  public static Predictor load(RunDirectory run, List<Trained> members) {
    return new Predictor(
        members.stream().map(Network::new).toList(),
        List.of(run.readJson(run.labels(), String[].class)),
        run.readJson(run.decision(), OperatingPoint.class));
  }

  /** One of the texts that the model's file holds beside the network. */
  private static <T> T read(RunDirectory run, Path name, Class<T> type) throws IOException {
    String json = ModelFile.readText(run.model(), name.getFileName().toString());
    return new ObjectMapper().readValue(json, type);
  }

  private static <T> T loaded(Future<T> part) throws IOException {
    try {
      return part.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException cause) {
        throw cause;
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while the network was loaded");
    }
  }

  /** How the network decides. */
  public OperatingPoint point() {
    return point;
  }

  /** The classes, in the order of the network's outputs. */
  public List<String> labels() {
    return labels;
  }

  /**
   * What the network says of an image.
   *
   * @param probabilities of each class
   * @param distance of its features from those of the training images
   * @param unfamiliar whether that is further than almost all validation images
   */
  @SuppressWarnings("ArrayRecordComponent") // A carrier, never compared.
  public record Answer(double[] probabilities, double distance, boolean unfamiliar) {}

  /**
   * Answers for one image.
   *
   * @throws io.pneuma.images.UnreadableImageException when the file gives no image
   * @throws IOException when a network cannot be read
   */
  public Answer predict(Path image) throws IOException {
    List<Answer> answers = new ArrayList<>();
    for (Network network : networks) {
      answers.add(network.predict(image));
    }
    return mean(answers);
  }

  /**
   * Answers for many images.
   *
   * @param done called with the number of images answered so far, each counted once for a network
   * @throws IOException when a network cannot be read
   */
  public List<Answer> predict(List<LabelledImage> images, int batchSize, LongConsumer done)
      throws IOException {
    return predict(images, List.of(Shift.NONE), batchSize, done).get(0);
  }

  /**
   * Answers for many images as if they came from elsewhere, for each shift a list of answers.
   *
   * @param done called with the number of images answered so far, each counted once for a network
   *     and a shift
   * @throws IOException when a network cannot be read
   */
  public List<List<Answer>> predict(
      List<LabelledImage> images, List<Shift> shifts, int batchSize, LongConsumer done)
      throws IOException {
    List<List<List<Answer>>> each = new ArrayList<>();
    for (Network network : networks) {
      long before = (long) each.size() * shifts.size() * images.size();
      each.add(network.predict(images, shifts, batchSize, count -> done.accept(before + count)));
    }
    List<List<Answer>> all = new ArrayList<>();
    for (int shift = 0; shift < shifts.size(); shift++) {
      List<Answer> answers = new ArrayList<>();
      for (int image = 0; image < images.size(); image++) {
        List<Answer> members = new ArrayList<>();
        for (List<List<Answer>> member : each) {
          members.add(member.get(shift).get(image));
        }
        answers.add(mean(members));
      }
      all.add(answers);
    }
    return all;
  }

  /** The number of networks whose answers are averaged. */
  public int networks() {
    return networks.size();
  }

  /** Of one network its own answer; of several the mean, distances as shares of each threshold. */
  private Answer mean(List<Answer> answers) throws IOException {
    if (answers.size() == 1) {
      return answers.get(0);
    }
    double[] probabilities = new double[labels.size()];
    double distance = 0;
    for (int member = 0; member < answers.size(); member++) {
      Answer answer = answers.get(member);
      for (int k = 0; k < probabilities.length; k++) {
        probabilities[k] += answer.probabilities()[k];
      }
      distance += answer.distance() / loaded(networks.get(member).familiarity).threshold();
    }
    for (int k = 0; k < probabilities.length; k++) {
      probabilities[k] /= answers.size();
    }
    distance /= answers.size();
    return new Answer(probabilities, distance, distance > Familiarity.OF_SEVERAL);
  }

  /** The distance from which on, itself not included, an image is unfamiliar. */
  public double mostFamiliar() throws IOException {
    return networks.size() == 1
        ? loaded(networks.get(0).familiarity).threshold()
        : Familiarity.OF_SEVERAL;
  }

  /** The classes with their probabilities, the likeliest first. */
  public Map<String, Double> ranked(double[] probabilities) {
    Map<String, Double> ranked = new LinkedHashMap<>();
    IntStream.range(0, probabilities.length)
        .boxed()
        .sorted((a, b) -> Double.compare(probabilities[b], probabilities[a]))
        .forEach(i -> ranked.put(labels.get(i), probabilities[i]));
    return ranked;
  }
}
