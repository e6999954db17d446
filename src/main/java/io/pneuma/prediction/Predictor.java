package io.pneuma.prediction;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.pneuma.config.Recipe;
import io.pneuma.evaluation.Familiarity;
import io.pneuma.evaluation.OperatingPoint;
import io.pneuma.graphfiles.ModelFile;
import io.pneuma.images.LabelledImage;
import io.pneuma.images.Shift;
import io.pneuma.run.RunDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;

/** A run's trained network with its labels, or several networks as one; answers for images. */
public final class Predictor {
  private final List<LoadedNetwork> networks;
  private final List<String> labels;
  private final OperatingPoint point;

  private Predictor(List<LoadedNetwork> networks, List<String> labels, OperatingPoint point) {
    this.networks = networks;
    this.labels = labels;
    this.point = point;
  }

  /** A trained run and its recipe. */
  public record Trained(RunDirectory run, Recipe recipe) {}

  /**
   * Begins to load the network of a run, which goes on while the first image is read.
   *
   * @param looks at each image
   * @throws IOException when the run has no model yet
   */
  public static Predictor load(Trained trained, Looks looks) throws IOException {
    RunDirectory run = trained.run();
    return new Predictor(
        List.of(new LoadedNetwork(trained, looks)),
        List.of(read(run, run.labels(), String[].class)),
        read(run, run.decision(), OperatingPoint.class));
  }

  /**
   * Begins to load the members of an ensemble, whose answer is the mean of theirs.
   *
   * @param run the ensemble's
   * @param looks at each image
   */
  public static Predictor load(RunDirectory run, List<Trained> members, Looks looks) {
    return new Predictor(
        members.stream().map(member -> new LoadedNetwork(member, looks)).toList(),
        List.of(run.readJson(run.labels(), String[].class)),
        run.readJson(run.decision(), OperatingPoint.class));
  }

  /** One of the texts that the model's file holds beside the network. */
  private static <T> T read(RunDirectory run, Path name, Class<T> type) throws IOException {
    String json = ModelFile.readText(run.model(), name.getFileName().toString());
    return new ObjectMapper().readValue(json, type);
  }

  /** The same with another way to decide. */
  public Predictor deciding(OperatingPoint other) {
    return new Predictor(networks, labels, other);
  }

  /** The networks whose answers are averaged. */
  List<LoadedNetwork> members() {
    return networks;
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
    for (LoadedNetwork network : networks) {
      answers.add(network.predict(image));
    }
    return mean(answers);
  }

  /**
   * Answers for many images.
   *
   * @param done called with the number of images seen so far, of {@link #passes} for each image
   * @throws IOException when a network cannot be read
   */
  public List<Answer> predict(List<LabelledImage> images, int batchSize, LongConsumer done)
      throws IOException {
    return predict(images, List.of(Shift.NONE), batchSize, done).get(0);
  }

  /**
   * Answers for many images as if they came from elsewhere, for each shift a list of answers.
   *
   * @param done called with the number of images seen so far, of {@link #passes} for each image and
   *     shift
   * @throws IOException when a network cannot be read
   */
  public List<List<Answer>> predict(
      List<LabelledImage> images, List<Shift> shifts, int batchSize, LongConsumer done)
      throws IOException {
    List<List<List<Answer>>> each = new ArrayList<>();
    long seen = 0;
    for (LoadedNetwork network : networks) {
      long before = seen;
      each.add(network.predict(images, shifts, batchSize, count -> done.accept(before + count)));
      seen += (long) network.looks() * shifts.size() * images.size();
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

  /** How often an image is looked at: by each network as often as that averages over views. */
  public long passes() {
    return networks.stream().mapToLong(LoadedNetwork::looks).sum();
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
      distance += answer.distance() / networks.get(member).mostFamiliar();
    }
    for (int k = 0; k < probabilities.length; k++) {
      probabilities[k] /= answers.size();
    }
    distance /= answers.size();
    return new Answer(probabilities, distance, distance > Familiarity.OF_SEVERAL);
  }

  /** The distance from which on, itself not included, an image is unfamiliar. */
  public double mostFamiliar() throws IOException {
    return networks.size() == 1 ? networks.get(0).mostFamiliar() : Familiarity.OF_SEVERAL;
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
