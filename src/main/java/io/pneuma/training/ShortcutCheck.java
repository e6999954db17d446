package io.pneuma.training;

import io.pneuma.evaluation.Shortcut;
import io.pneuma.evaluation.Shortcuts;
import io.pneuma.images.Dataset;
import io.pneuma.images.Folds;
import io.pneuma.images.Hash;
import io.pneuma.images.ImagePipeline;
import io.pneuma.images.LabelledImage;
import io.pneuma.run.RunDirectory;
import io.pneuma.shortcuts.ImageTraits;
import io.pneuma.shortcuts.ShortcutProbe;
import io.pneuma.shortcuts.ShortcutProbe.Told;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Measures how well border, letters, size and file alone tell the classes of the images that a run
 * learns and chooses by; the test split stays closed.
 */
public final class ShortcutCheck {
  /** To be raised whenever what is measured of the same images changes. */
  private static final String VERSION = "shortcuts 1 ";

  private ShortcutCheck() {}

  /**
   * Writes {@code shortcuts.json}, and warns of what tells the classes, unless it is there already.
   *
   * @param seed of the folds and of the intervals' draws
   * @param bank the folder of stored features
   */
  public static void write(RunDirectory run, Dataset data, long seed, Path bank, Progress progress)
      throws IOException {
    if (Files.exists(run.shortcuts())) {
      return;
    }
    List<LabelledImage> images = new ArrayList<>(data.train());
    images.addAll(data.validation());
    Path stored = bank.resolve("shortcuts-" + key(images, data.labels(), seed) + ".json");
    Shortcuts found =
        Files.exists(stored)
            ? run.readJson(stored, Shortcuts.class)
            : measure(images, data.labels(), seed, bank, progress);
    run.writeJson(stored, found);
    run.writeJson(run.shortcuts(), found);
    found
        .warning()
        .ifPresent(
            warning ->
                progress.warning("warning: " + warning + "; the report says what that means"));
  }

  /**
   * Of all that the result depends on, so that the next run on the same images measures nothing.
   */
  private static String key(List<LabelledImage> images, List<String> labels, long seed) {
    StringBuilder text = new StringBuilder(VERSION + ImagePipeline.plainKey() + seed + labels);
    images.forEach(
        image ->
            text.append('\n').append(image.sha256()).append(image.label()).append(image.patient()));
    return Hash.hex(text.toString().getBytes(StandardCharsets.UTF_8)).substring(0, 16);
  }

  private static Shortcuts measure(
      List<LabelledImage> images, List<String> labels, long seed, Path bank, Progress progress)
      throws IOException {
    Optional<int[]> folds = Folds.ofEach(images, labels, ShortcutProbe.MOST_FOLDS, seed);
    long patients = images.stream().map(LabelledImage::patient).distinct().count();
    return new Shortcuts(
        images.size(),
        (int) patients,
        folds.isEmpty() ? List.of() : probe(images, labels, folds.get(), seed, bank, progress));
  }

  private static List<Shortcut> probe(
      List<LabelledImage> images,
      List<String> labels,
      int[] foldOf,
      long seed,
      Path bank,
      Progress progress)
      throws IOException {
    boolean[] trusted = new boolean[images.size()];
    Arrays.fill(trusted, true);
    List<ImageTraits> traits;
    try (Progress.Task task = progress.start("traits", 0, images.size(), "images")) {
      traits = ImageTraits.all(images, bank, task::at);
    }
    int folds = Arrays.stream(foldOf).max().orElseThrow() + 1;
    int[] done = new int[1];
    try (Progress.Task task =
        progress.start("shortcuts", 0, (long) folds * ShortcutProbe.GROUPS, "folds")) {
      return ShortcutProbe.of(
              images, traits, labels, foldOf, trusted, seed, () -> task.at(++done[0]))
          .stream()
          .map(Told::shortcut)
          .toList();
    }
  }
}
