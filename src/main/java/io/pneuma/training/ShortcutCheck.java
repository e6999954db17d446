package io.pneuma.training;

import io.pneuma.evaluation.Shortcut;
import io.pneuma.evaluation.Shortcuts;
import io.pneuma.images.Dataset;
import io.pneuma.images.Folds;
import io.pneuma.images.LabelledImage;
import io.pneuma.run.RunDirectory;
import io.pneuma.shortcuts.ImageTraits;
import io.pneuma.shortcuts.ShortcutProbe;
import io.pneuma.shortcuts.ShortcutProbe.Told;
import java.io.IOException;
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
    Optional<int[]> folds = Folds.ofEach(images, data.labels(), ShortcutProbe.MOST_FOLDS, seed);
    List<Shortcut> traits =
        folds.isEmpty()
            ? List.of()
            : probe(images, data.labels(), folds.get(), seed, bank, progress);
    long patients = images.stream().map(LabelledImage::patient).distinct().count();
    Shortcuts found = new Shortcuts(images.size(), (int) patients, traits);
    run.writeJson(run.shortcuts(), found);
    found
        .warning()
        .ifPresent(
            warning ->
                progress.warning("warning: " + warning + "; the report says what that means"));
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
