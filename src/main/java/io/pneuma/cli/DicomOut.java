package io.pneuma.cli;

import io.pneuma.config.ConfigException;
import io.pneuma.config.Recipe.DicomRule;
import io.pneuma.dicom.Finding;
import io.pneuma.evaluation.CheckedMaps;
import io.pneuma.explain.Method;
import io.pneuma.explain.RunExplainer;
import io.pneuma.explain.RunExplainer.Trained;
import io.pneuma.explain.RunMaps;
import io.pneuma.images.ImageBytes;
import io.pneuma.prediction.Predictor;
import io.pneuma.replies.Replier;
import io.pneuma.run.RunDirectory;
import io.pneuma.run.WholeFile;
import io.pneuma.weights.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Writes answers in DICOM into a folder. */
final class DicomOut implements AutoCloseable {
  private final Path folder;
  private final DicomRule rule;
  private final Optional<RunExplainer> explainer;
  private final Replier replier;

  /**
   * Opens what it needs of a run.
   *
   * @param folder is made if it is not there
   * @param members the run itself, or those of an ensemble
   */
  DicomOut(
      Path folder, RunDirectory run, List<Trained> members, Predictor predictor, Terminal terminal)
      throws IOException {
    this.folder = folder;
    this.rule = members.get(0).recipe().data().dicom();
    Optional<CheckedMaps> checked = new RunMaps(run, members).known(Method.DEFAULT);
    if (checked.isPresent() && checked.get().failures().isEmpty()) {
      explainer = Optional.of(new RunExplainer(run, members, Method.DEFAULT));
    } else {
      explainer = Optional.empty();
      terminal.warning(
          "warning: nothing is outlined, since the run's maps "
              + (checked.isEmpty()
                  ? "have not been checked; explain checks them"
                  : "did not pass their checks: " + String.join("; ", checked.get().failures())));
    }
    Files.createDirectories(folder);
    replier = new Replier(predictor, model(members), explainer);
  }

  /** Refuses a file in the folder's place, before any work. */
  static void require(Path folder) {
    if (folder != null && Files.exists(folder) && !Files.isDirectory(folder)) {
      throw new ConfigException("--dicom-out " + folder + ": is a file; expected a folder");
    }
  }

  /** What DICOM says of the networks that answered. */
  static Finding.Model model(List<Trained> members) throws IOException {
    StringBuilder hashes = new StringBuilder();
    for (Trained member : members) {
      hashes.append(Digest.sha256(member.run().model()));
    }
    String hash =
        members.size() == 1
            ? hashes.toString()
            : Digest.sha256(hashes.toString().getBytes(StandardCharsets.US_ASCII));
    return new Finding.Model(Version.PNEUMA, hash);
  }

  /**
   * Writes what is said of an image.
   *
   * @throws io.pneuma.images.UnreadableImageException when it is no DICOM, or tells no study
   */
  void write(Path image, Predictor.Answer answer) throws IOException {
    ImageBytes bytes = ImageBytes.of(image, rule);
    String stem = image.getFileName().toString().replaceFirst("(?i)\\.dcm$", "");
    // Of its own, whatever folders images of one name lie in.
    String own = Digest.sha256(bytes.bytes()).substring(0, 8);
    for (Replier.Stored object : replier.reply(bytes, answer)) {
      Path file = folder.resolve(stem + "-" + own + "." + object.kind() + ".dcm");
      WholeFile.write(file, temporary -> Files.write(temporary, object.bytes()));
    }
  }

  @Override
  public void close() {
    explainer.ifPresent(RunExplainer::close);
  }
}
