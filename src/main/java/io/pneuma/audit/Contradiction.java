package io.pneuma.audit;

import io.pneuma.images.FolderImages;
import io.pneuma.images.FolderImages.Found;
import io.pneuma.images.Folds;
import io.pneuma.images.LabelledImage;
import io.pneuma.shortcuts.ImageTraits;
import io.pneuma.shortcuts.ShortcutProbe;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The patients of each class whose images look, but for their anatomy, most like those of another
 * class. Among them size, file, border and letters no longer tell the class as they do among all,
 * as they may not on another day; a network that has learnt them is found out.
 */
final class Contradiction {
  /** Of the patients of each class. */
  static final double SHARE = 0.2;

  private Contradiction() {}

  /**
   * Whether each image is of such a patient. Empty where a class has too few patients for a probe
   * that answers for those it has not learnt from.
   *
   * @param traits of each image
   */
  static Optional<boolean[]> of(
      FolderImages folder, List<ImageTraits> traits, long seed, Stages stages) throws IOException {
    List<LabelledImage> images = folder.images().stream().map(Found::image).toList();
    Optional<int[]> folds = Folds.ofEach(images, folder.labels(), ShortcutProbe.MOST_FOLDS, seed);
    if (folds.isEmpty()) {
      return Optional.empty();
    }
    double[][] told = new double[images.size()][];
    stages.show(
        "probing",
        1,
        "times",
        done -> {
          double[][] together =
              ShortcutProbe.together(images, traits, folder.labels().size(), folds.get());
          System.arraycopy(together, 0, told, 0, told.length);
          done.accept(1);
        });
    return Optional.of(least(images, folder.units(), told));
  }

  private static boolean[] least(List<LabelledImage> images, List<String> units, double[][] told) {
    Map<Integer, Map<String, List<Integer>>> byClass =
        IntStream.range(0, units.size())
            .boxed()
            .collect(
                Collectors.groupingBy(
                    i -> images.get(i).label(),
                    TreeMap::new,
                    Collectors.groupingBy(units::get, TreeMap::new, Collectors.toList())));
    boolean[] least = new boolean[units.size()];
    byClass.forEach(
        (label, patients) ->
            patients.values().stream()
                .sorted(
                    Comparator.comparingDouble(
                        own -> own.stream().mapToDouble(i -> told[i][label]).average().orElse(1)))
                .limit(Math.max(1, Math.round(SHARE * patients.size())))
                .forEach(own -> own.forEach(i -> least[i] = true)));
    return least;
  }
}
