package io.pneuma.prediction;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.pneuma.config.Recipe;
import io.pneuma.evaluation.Familiarity;
import io.pneuma.evaluation.OperatingPoint;
import io.pneuma.graphfiles.ModelFile;
import io.pneuma.images.LabelledImage;
import io.pneuma.images.Shift;
import io.pneuma.images.UnreadableImageException;
import io.pneuma.platform.Processor;
import io.pneuma.platform.Workers;
import io.pneuma.prediction.Sight.Seen;
import io.pneuma.run.RunDirectory;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.ExecutorService;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;

/**
 * A run's trained network with its labels, or several networks as one; answers for images. What is
 * compiled for batches of a size stays so until it is closed.
 */
public final class Predictor implements AutoCloseable {
  /** Batches that are decoded while one is computed. */
  private static final int AHEAD = 2;

  private final List<LoadedNetwork> networks;
  private final ExecutorService decoders;
  private final List<String> labels;
  private final OperatingPoint point;

  private Predictor(
      List<LoadedNetwork> networks,
      ExecutorService decoders,
      List<String> labels,
      OperatingPoint point) {
    this.networks = networks;
    this.decoders = decoders;
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
        Processor.cores(),
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
        Processor.cores(),
        List.of(run.readJson(run.labels(), String[].class)),
        run.readJson(run.decision(), OperatingPoint.class));
  }

  /**
   * Begins to load what answers elsewhere.
   *
   * @param point null where nobody asks how it decides
   */
  Predictor(List<LoadedNetwork> networks, int threads, List<String> labels, OperatingPoint point) {
    this(networks, Workers.start("decoding", threads), labels, point);
  }

  /** One of the texts that the model's file holds beside the network. */
  private static <T> T read(RunDirectory run, Path name, Class<T> type) throws IOException {
    String json = ModelFile.readText(run.model(), name.getFileName().toString());
    return new ObjectMapper().readValue(json, type);
  }

  /** The same with another way to decide; one of the two is closed. */
  public Predictor deciding(OperatingPoint other) {
    return new Predictor(networks, decoders, labels, other);
  }

  /** One of the networks alone, which this closes. */
  Predictor alone(LoadedNetwork member) {
    return new Predictor(List.of(member), decoders, labels, point);
  }

  /** The files of the networks, of which a {@link PredictorCopy} is loaded. */
  public List<Path> models() {
    return networks.stream().map(LoadedNetwork::run).map(RunDirectory::model).toList();
  }

  /**
   * What its networks' files are to be loaded with elsewhere, to say the same to the last digit.
   */
  public PredictorCopy copy() {
    return new PredictorCopy(
        networks.stream().map(LoadedNetwork::sight).toList(), labels, Processor.cores());
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
  public record Answer(double[] probabilities, double distance, boolean unfamiliar)
      implements Serializable {}

  /**
   * Answers for one image, by Deeplearning4j's layers: compiling a large network takes longer than
   * one image does. From the second image on the others are faster, and say the same.
   *
   * @throws io.pneuma.images.UnreadableImageException when the file gives no image
   * @throws IOException when a network cannot be read
   */
  public Answer predict(Path image) throws IOException {
    return answer(List.of(start(Picture.of(image))), LoadedNetwork.BY_LAYERS).get(0).orThrow();
  }

  /**
   * Answers for many images.
   *
   * @param done called with the number of images seen so far, of {@link #passes} for each image
   * @throws IOException when a network or one of the images cannot be read
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
   * @throws IOException when a network or one of the images cannot be read
   */
  public List<List<Answer>> predict(
      List<LabelledImage> images, List<Shift> shifts, int batchSize, LongConsumer done)
      throws IOException {
    List<Picture> pictures = images.stream().map(Picture::of).toList();
    List<List<Answer>> all = new ArrayList<>();
    for (Shift shift : shifts) {
      List<Answer> answers = new ArrayList<>();
      long before = all.size() * passes() * images.size();
      answer(
          pictures,
          shift,
          batchSize,
          reply -> {
            answers.add(reply.orThrow());
            done.accept(before + passes() * answers.size());
          });
      all.add(answers);
    }
    return all;
  }

  /**
   * Answers for pictures, in their order. While one batch is computed the next are decoded.
   *
   * @param batchSize views that a network takes at a time
   * @throws IOException when a network cannot be read, or what {@code each} throws
   */
  public void answer(List<? extends Picture> pictures, int batchSize, Replies each)
      throws IOException {
    answer(pictures, Shift.NONE, batchSize, each);
  }

  private void answer(List<? extends Picture> pictures, Shift shift, int batchSize, Replies each)
      throws IOException {
    Deque<Decoding> ahead = new ArrayDeque<>();
    int started = 0;
    try {
      for (int first = 0; first < pictures.size(); first += batchSize) {
        while (started < Math.min(pictures.size(), first + (AHEAD + 1) * batchSize)) {
          ahead.add(start(pictures.get(started), shift));
          started++;
        }
        List<Decoding> batch = new ArrayList<>();
        while (batch.size() < batchSize && !ahead.isEmpty()) {
          batch.add(ahead.remove());
        }
        for (Reply reply : answer(batch, batchSize)) {
          each.accept(reply);
        }
      }
    } finally {
      ahead.forEach(Decoding::cancel);
    }
  }

  /**
   * Begins to decode a picture after those that were started before, on as many cores as may be.
   */
  public Decoding start(Picture picture) {
    return start(picture, Shift.NONE);
  }

  private Decoding start(Picture picture, Shift shift) {
    Decoding decoding = new Decoding();
    decoders.execute(() -> decoding.run(() -> seen(picture, shift)));
    return decoding;
  }

  private Map<Sight, Seen> seen(Picture picture, Shift shift) throws IOException {
    Map<Sight, Seen> seen = new HashMap<>();
    for (LoadedNetwork network : networks) {
      if (!seen.containsKey(network.sight())) {
        seen.put(network.sight(), network.sight().at(picture, shift));
      }
    }
    return seen;
  }

  /**
   * Answers for pictures together, in their order, each as it would alone. For one caller at a
   * time.
   *
   * @param batchSize views that a network takes at a time, for which it is compiled once
   * @throws IOException when a network cannot be read
   */
  public List<Reply> answer(List<Decoding> pictures, int batchSize) throws IOException {
    List<Map<Sight, Seen>> readable = new ArrayList<>();
    List<UnreadableImageException> problems = new ArrayList<>();
    for (Decoding picture : pictures) {
      try {
        readable.add(picture.await());
        problems.add(null);
      } catch (UnreadableImageException e) {
        problems.add(e);
      }
    }
    List<List<Answer>> each = new ArrayList<>();
    for (LoadedNetwork network : networks) {
      List<Seen> images = readable.stream().map(seen -> seen.get(network.sight())).toList();
      each.add(network.answer(images, batchSize));
    }
    List<Reply> replies = new ArrayList<>();
    int answered = 0;
    for (UnreadableImageException problem : problems) {
      if (problem == null) {
        int image = answered++;
        replies.add(new Reply(mean(each.stream().map(said -> said.get(image)).toList()), null));
      } else {
        replies.add(new Reply(null, problem));
      }
    }
    return replies;
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

  /** Side in pixels of the square that all networks take; empty where they take several. */
  public OptionalInt imageSize() {
    int[] sizes =
        networks.stream().mapToInt(network -> network.sight().imageSize()).distinct().toArray();
    return sizes.length == 1 ? OptionalInt.of(sizes[0]) : OptionalInt.empty();
  }

  /** An answer as people and programs are told it. */
  public Verdict verdict(Answer answer) {
    double[] probabilities = answer.probabilities();
    return new Verdict(
        labels.get(point.decision(labels).answer(probabilities)),
        ranked(probabilities),
        labels.size() == 2 ? point.threshold() : null,
        point.conformal() == null ? null : point.conformal().set(labels, probabilities),
        answer.unfamiliar());
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

  /** Frees what was compiled. Nobody may wait for an answer. */
  @Override
  public void close() {
    decoders.shutdownNow();
    networks.forEach(LoadedNetwork::close);
  }
}
