package io.pneuma.explain;

import io.pneuma.computation.UnsupportedLayerException;
import io.pneuma.evaluation.CheckedMaps;
import io.pneuma.evaluation.Decision;
import io.pneuma.evaluation.MapVerdict;
import io.pneuma.evaluation.OperatingPoint;
import io.pneuma.explain.RunExplainer.Explained;
import io.pneuma.explain.RunExplainer.Trained;
import io.pneuma.graphfiles.ModelFile;
import io.pneuma.images.FilesThere;
import io.pneuma.images.ImagePipeline;
import io.pneuma.images.LabelledImage;
import io.pneuma.images.ShownImage;
import io.pneuma.images.UnreadableImageException;
import io.pneuma.report.Thumbnail;
import io.pneuma.run.RunDirectory;
import io.pneuma.run.RunException;
import io.pneuma.run.Splits;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import javax.imageio.ImageIO;
import org.deeplearning4j.nn.graph.ComputationGraph;

/** The maps of a run: what its directory says of their checks, and pictures for its report. */
public final class RunMaps {
  private static final String VALIDATION = "validation";

  /** Pixels of an image's longer side before it becomes a thumbnail. */
  private static final int LONGEST = 448;

  private final RunDirectory run;
  private final List<Trained> members;

  /** The images that maps are checked on cannot be looked at; the message says why. */
  public static final class NotAtHandException extends Exception {
    private static final long serialVersionUID = 1;

    NotAtHandException(String message) {
      super(message);
    }
  }

  /**
   * Of a run.
   *
   * @param members the run itself, or those of an ensemble
   */
  public RunMaps(RunDirectory run, List<Trained> members) {
    this.run = run;
    this.members = List.copyOf(members);
  }

  private List<CheckedMaps> all() {
    try {
      return Files.exists(run.maps())
          ? List.of(run.readJson(run.maps(), CheckedMaps[].class))
          : List.of();
    } catch (RunException e) {
      return List.of(); // Damaged: what it said is found anew.
    }
  }

  /** What was found before; empty where a method was not checked yet. */
  public Optional<CheckedMaps> known(Method method) {
    return all().stream().filter(each -> each.method().equals(method.key())).findFirst();
  }

  /**
   * Refuses places of findings that cannot be read, before any work is done.
   *
   * @param folder of the images
   * @throws RunException when they are damaged, saying what is wrong
   */
  public static void requireReadablePlaces(Path folder) {
    Places.of(folder);
  }

  /** The number of parts that {@link #check} tells of when they are done. */
  public int parts() {
    return members.size() * MapChecks.parts();
  }

  /** Writes down what {@link #check} found. */
  public void keep(CheckedMaps found) {
    List<CheckedMaps> all = new ArrayList<>(all());
    all.removeIf(each -> each.method().equals(found.method()));
    all.add(found);
    run.writeJson(run.maps(), all);
  }

  /**
   * Checks a method's maps on the run's validation images.
   *
   * @param done called with the number of parts that are done
   * @param warn called with what the user should know of the places of findings
   * @throws NotAtHandException when the run's images are gone or are not what they were
   */
  public CheckedMaps check(Method method, IntConsumer done, Consumer<String> warn)
      throws IOException, NotAtHandException {
    List<MapVerdict> verdicts = new ArrayList<>();
    for (int i = 0; i < members.size(); i++) {
      int before = i * MapChecks.parts();
      try {
        Optional<MapVerdict> own = ofMember(members.get(i), method);
        verdicts.add(
            own.isPresent()
                ? own.get()
                : check(members.get(i), method, part -> done.accept(before + part), warn));
      } catch (UnsupportedLayerException e) {
        return new CheckedMaps(method.key(), List.of(), e.getMessage());
      }
    }
    return new CheckedMaps(method.key(), verdicts, null);
  }

  /** A member of an ensemble may have been checked when it was a run of its own. */
  private Optional<MapVerdict> ofMember(Trained member, Method method) {
    return member.run().root().equals(run.root())
        ? Optional.empty()
        : new RunMaps(member.run(), List.of(member))
            .known(method)
            .filter(known -> known.networks().size() == 1)
            .map(known -> known.networks().get(0));
  }

  private static MapVerdict check(
      Trained trained, Method method, IntConsumer done, Consumer<String> warn)
      throws IOException, NotAtHandException {
    RunDirectory own = trained.run();
    List<String> labels = List.of(own.readJson(own.labels(), String[].class));
    List<LabelledImage> validation = images(own, labels, VALIDATION);
    List<LabelledImage> training = images(own, labels, Splits.TRAIN);
    Decision decision = own.readJson(own.decision(), OperatingPoint.class).decision(labels);
    Places places = Places.of(trained.recipe().data().root());
    places.stray(validation).ifPresent(warn);
    ComputationGraph graph = ModelFile.read(own.model());
    try {
      return new MapChecks(
              graph,
              ImagePipeline.plain(trained.recipe().data().imageSize()),
              trained.recipe().seed(),
              method,
              decision::answer)
          .check(validation, training, places, done);
    } catch (UncheckedIOException e) {
      throw new NotAtHandException(
          "one of them is not as it was when the run was trained: " + e.getCause().getMessage());
    } finally {
      graph.close();
    }
  }

  private static List<LabelledImage> images(RunDirectory of, List<String> labels, String split)
      throws NotAtHandException {
    if (!Files.exists(of.splits())) {
      throw new NotAtHandException(of.splits() + " is not there to tell the run's images");
    }
    List<LabelledImage> images = new ArrayList<>();
    FilesThere there = new FilesThere();
    for (Splits.Row row : Splits.read(of)) {
      if (row.split().equals(split)) {
        Path file = atHand(row, there);
        int label = labels.indexOf(row.label());
        images.add(new LabelledImage(file, label, row.patient(), row.sha256()));
      }
    }
    return images;
  }

  private static Path atHand(Splits.Row row, FilesThere there) throws NotAtHandException {
    try {
      return there
          .find(row.path())
          .orElseThrow(() -> new NotAtHandException(row.file() + " is not there"));
    } catch (IOException e) {
      throw new NotAtHandException(e.getMessage());
    }
  }

  /**
   * Draws the maps of some images into the run's folder for its report, each laid over its image
   * and named after its hash; what was there before is replaced.
   *
   * @param images files by their hashes
   */
  public void draw(Map<String, Path> images, Method method, IntConsumer done) throws IOException {
    erase();
    Files.createDirectories(run.mapPictures());
    try (RunExplainer explainer = new RunExplainer(run, members, method)) {
      int drawn = 0;
      for (Map.Entry<String, Path> image : images.entrySet()) {
        Path target = run.mapPicture(image.getKey());
        try {
          Explained explained = explainer.explain(image.getValue(), OptionalInt.empty());
          BufferedImage over =
              Overlay.of(
                  Thumbnail.square(ShownImage.of(image.getValue(), LONGEST).picture()),
                  explained.fused(),
                  explained.fused().most(),
                  List.of());
          run.writeWith(target, file -> ImageIO.write(over, "jpg", file.toFile()));
        } catch (UnreadableImageException e) {
          continue; // The report says of it that it is gone.
        }
        done.accept(++drawn);
      }
    }
  }

  /** Removes pictures that were drawn before. */
  public void erase() throws IOException {
    if (Files.isDirectory(run.mapPictures())) {
      try (var files = Files.list(run.mapPictures())) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
      Files.delete(run.mapPictures());
    }
  }
}
