package io.pneuma.adaptation;

import io.pneuma.config.Recipe;
import io.pneuma.evaluation.ClassBalance;
import io.pneuma.evaluation.Familiarity;
import io.pneuma.evaluation.LogitScaling;
import io.pneuma.evaluation.OperatingPoint;
import io.pneuma.graphfiles.ModelFile;
import io.pneuma.images.Hash;
import io.pneuma.images.ImageBatches;
import io.pneuma.images.ImagePipeline;
import io.pneuma.images.ImageView;
import io.pneuma.images.LabelledImage;
import io.pneuma.network.FusionNetwork;
import io.pneuma.network.NormStatistics;
import io.pneuma.platform.Processor;
import io.pneuma.prediction.Looks;
import io.pneuma.prediction.Predictor;
import io.pneuma.prediction.Predictor.Trained;
import io.pneuma.run.Adapted;
import io.pneuma.run.RunDirectory;
import io.pneuma.training.Progress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.deeplearning4j.nn.graph.ComputationGraph;

/**
 * Adapts a run to a new place: first the statistics of its batch normalisations, where it has any,
 * then the balance of its classes. docs/decisions/adapting.md says what that gains and where it
 * does harm.
 */
public final class Adaptation {
  /** New images that statistics are taken of, spread over all. */
  private static final int MOST_FOR_NORMS = 512;

  /** Images that go through the layers at a time, one by one in memory. */
  private static final int BATCH = 16;

  private final RunDirectory parent;
  private final Recipe recipe;
  private final Progress progress;
  private final List<String> changes = new ArrayList<>();

  /** Of a run that has one network. */
  public Adaptation(RunDirectory parent, Recipe recipe, Progress progress) {
    this.parent = parent;
    this.recipe = recipe;
    this.progress = progress;
  }

  /**
   * Writes all of an adapted run but its manifest.
   *
   * @param into a new, empty run directory
   * @param images of the new place, whose labels are not looked at
   * @return what the manifest shall say
   * @throws AdaptationException when there is nothing that these images could change
   */
  public Adapted write(RunDirectory into, List<LabelledImage> images) throws IOException {
    for (Path file :
        List.of(
            parent.config(),
            parent.labels(),
            parent.splits(),
            parent.decision(),
            parent.shortcuts(),
            parent.testOpenings())) {
      if (Files.exists(file)) {
        Files.copy(file, into.root().resolve(file.getFileName()));
      }
    }
    OldPlace before = new OldPlace(parent, recipe);
    ComputationGraph network = ModelFile.read(parent.model());
    Adapted.Norms norms = adaptNorms(network, images);
    if (norms != null) {
      writeModel(network, into);
    }
    // What the balance is told from: by the new statistics already, at the old balance.
    try (Predictor predictor =
        Predictor.load(new Trained(norms == null ? parent : into, recipe), Looks.ONE)) {
      return follow(into, images, before, network, norms, predictor);
    }
  }

  private Adapted follow(
      RunDirectory into,
      List<LabelledImage> images,
      OldPlace before,
      ComputationGraph network,
      Adapted.Norms norms,
      Predictor predictor)
      throws IOException {
    ClassBalance balance = null;
    FollowingPoint point = FollowingPoint.unmoved(before.point());
    LogitScaling scaling = LogitScaling.identity(predictor.labels().size());
    try {
      balance =
          ClassBalance.estimate(
              before.validation(),
              ask(predictor, images),
              images.stream().map(LabelledImage::patient).toList(),
              recipe.seed());
      scaling = balance.scaling();
      tell(balance);
      if (norms != null && balance.moved()) {
        warn(
            "the balance has changed as well, so that the new statistics may take other patients for"
                + " another machine; better adapt by images of about the former balance");
      }
      FusionNetwork.scaleLogits(network, scaling.factor(), scaling.shifts());
      point =
          FollowingPoint.of(
              before.point(), recipe.evaluation().threshold(), balance, before.validation());
    } catch (ClassBalance.UnknownException e) {
      if (norms == null) {
        throw new AdaptationException(
            "the balance of the classes cannot be told from these images: "
                + e.getMessage()
                + "; no batch normalisation learnt with the run either, so there is nothing to adapt");
      }
      warn("the balance of the classes is left as it was: " + e.getMessage());
    }
    point = norms == null ? point : point.withoutSets();
    say(point.sentence());
    into.writeJson(into.decision(), point.point());
    measure(before, into, point.point(), scaling, norms == null ? null : predictor, predictor);
    writeModel(network, into);
    return adapted(images, balance, norms);
  }

  private void measure(
      OldPlace before,
      RunDirectory into,
      OperatingPoint point,
      LogitScaling scaling,
      Predictor again,
      Predictor predictor)
      throws IOException {
    if (again != null && !before.isAtHand()) {
      warn(
          "the images of the former place are not at hand, so that the run has no metrics and"
              + " predictions.csv, and no report; evaluate --data FOLDER measures it");
      return;
    }
    before.measure(into, point, scaling, again, predictor.mostFamiliar(), progress);
    say("its metrics and its report are of the former place, at whose balance it is no longer");
  }

  /** Null where no batch normalisation learnt with the run. */
  private Adapted.Norms adaptNorms(ComputationGraph network, List<LabelledImage> images) {
    List<String> layers = NormStatistics.norms(network, false);
    int frozen = NormStatistics.norms(network, true).size();
    if (frozen > 0) {
      say(
          frozen
              + " frozen batch normalisations keep their publisher's statistics, which never were"
              + " those of the former place");
    }
    if (layers.isEmpty()) {
      say("the network has no batch normalisation that learnt, so no statistics are adapted");
      return null;
    }
    List<ImageView> some = new ArrayList<>();
    int kept = Math.min(MOST_FOR_NORMS, images.size());
    for (int i = 0; i < kept; i++) {
      LabelledImage image = images.get((int) ((long) i * images.size() / kept));
      some.add(new ImageView(image, ImagePipeline.PLAIN));
    }
    ImagePipeline pipeline =
        new ImagePipeline(recipe.data().imageSize(), recipe.augmentation(), recipe.seed());
    NormStatistics statistics = new NormStatistics(network, layers, kept);
    int done = 0;
    try (Progress.Task task = progress.start("statistics", 0, kept, "images");
        ImageBatches batches = new ImageBatches(some, pipeline, BATCH, Processor.cores())) {
      while (batches.hasNext()) {
        statistics.add(batches.next().pixels());
        done = Math.min(kept, done + BATCH);
        task.at(done);
      }
    }
    say(
        "%d batch normalisations have the statistics of %d new images, the stored ones counting as %d"
            .formatted(layers.size(), kept, NormStatistics.STORED_IMAGES));
    return new Adapted.Norms(layers.size(), kept, NormStatistics.STORED_IMAGES);
  }

  private double[][] ask(Predictor predictor, List<LabelledImage> images) throws IOException {
    try (Progress.Task task = progress.start("predicting", 0, images.size(), "images")) {
      return predictor.predict(images, recipe.training().batchSize(), task::at).stream()
          .map(Predictor.Answer::probabilities)
          .toArray(double[][]::new);
    }
  }

  private void tell(ClassBalance balance) {
    balance
        .after()
        .forEach(
            (name, share) -> {
              double[] interval = balance.ci95().get(name);
              say(
                  String.format(
                      Locale.ROOT,
                      "share of %s: %.3f [%.3f, %.3f], on validation %.3f",
                      name,
                      share,
                      interval[0],
                      interval[1],
                      balance.before().get(name)));
            });
    if (balance.disagrees()) {
      warn(
          "two ways to tell the balance disagree ("
              + balance.byMatrix()
              + " by the other), so that more than the balance has changed, and the estimate may be wrong");
    }
  }

  private void say(String sentence) {
    changes.add(sentence);
    progress.line(sentence);
  }

  private void warn(String sentence) {
    changes.add(sentence);
    progress.warning("warning: " + sentence);
  }

  private void writeModel(ComputationGraph network, RunDirectory into) throws IOException {
    Map<String, byte[]> entries = new HashMap<>();
    for (Path file : List.of(into.labels(), into.config(), into.decision())) {
      entries.put(file.getFileName().toString(), Files.readAllBytes(file));
    }
    entries.put(Familiarity.FILE, ModelFile.readBytes(parent.model(), Familiarity.FILE));
    into.writeWith(into.model(), temporary -> ModelFile.write(network, temporary, false, entries));
  }

  private Adapted adapted(List<LabelledImage> images, ClassBalance balance, Adapted.Norms norms)
      throws IOException {
    String hashes = String.join("\n", images.stream().map(LabelledImage::sha256).sorted().toList());
    return new Adapted(
        parent.root().getFileName().toString(),
        Hash.hex(Files.readAllBytes(parent.model())),
        images.size(),
        (int) images.stream().map(LabelledImage::patient).distinct().count(),
        Hash.hex(hashes.getBytes(StandardCharsets.UTF_8)),
        balance == null
            ? null
            : new Adapted.Balance(
                balance.before(), balance.after(), balance.ci95(), balance.byMatrix()),
        norms,
        List.copyOf(changes));
  }
}
