package io.pneuma.cli;

import io.pneuma.config.ConfigException;
import io.pneuma.config.Recipe.DicomRule;
import io.pneuma.images.ImageBytes;
import io.pneuma.prediction.Predictor;
import io.pneuma.replies.Replier;
import io.pneuma.run.WholeFile;
import io.pneuma.weights.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes answers in DICOM into a folder. */
final class DicomOut {
  /** Characters of a name that leave room for what is added to it. */
  private static final int MOST_STEM = 60;

  private final Path folder;
  private final DicomRule rule;
  private final Replier replier;

  /**
   * Into a folder, which is made if it is not there.
   *
   * @param rule which images are taken
   */
  DicomOut(Path folder, DicomRule rule, Replier replier) throws IOException {
    this.folder = folder;
    this.rule = rule;
    this.replier = replier;
    Files.createDirectories(folder);
  }

  /** Refuses a file in the folder's place, before any work. */
  static void require(Path folder) {
    if (folder != null && folder.toString().isEmpty()) {
      throw new ConfigException("--dicom-out: an empty name is no folder");
    }
    Path place = folder == null ? null : Verb.fromCaller(folder);
    if (place != null && Files.exists(place) && !Files.isDirectory(place)) {
      throw new ConfigException("--dicom-out " + folder + ": is a file; expected a folder");
    }
  }

  /**
   * Writes what is said of an image.
   *
   * @throws io.pneuma.images.UnreadableImageException when it is no DICOM, or tells no study
   */
  void write(Path image, Predictor.Answer answer) throws IOException {
    ImageBytes bytes = ImageBytes.of(image, rule);
    String stem = image.getFileName().toString().replaceFirst("(?i)\\.dcm$", "");
    stem = stem.substring(0, Math.min(MOST_STEM, stem.length()));
    // Of its own, whatever folders images of one name lie in.
    String own = Digest.sha256(bytes.bytes()).substring(0, 8);
    for (Replier.Stored object : replier.reply(bytes, answer)) {
      Path file = folder.resolve(stem + "-" + own + "." + object.kind() + ".dcm");
      WholeFile.write(file, temporary -> Files.write(temporary, object.bytes()));
    }
  }
}
