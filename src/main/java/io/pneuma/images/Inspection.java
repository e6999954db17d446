package io.pneuma.images;

import io.pneuma.config.Recipe;
import io.pneuma.config.Recipe.OnBadImage;
import io.pneuma.images.ImageFolder.LabelledFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;

/** The files of a folder after each was read once, the good apart from the bad. */
record Inspection(List<InspectedFile> readable, List<Unreadable> unreadable) {
  private static final int SHOWN = 10;

  /**
   * Has every file read.
   *
   * @throws DatasetException when some give no image and that is not to be skipped
   */
  static Inspection of(
      Path folder,
      List<LabelledFile> files,
      Recipe.Data recipe,
      Inspector inspector,
      LongConsumer progress)
      throws IOException {
    Inspection inspection = new Inspection(new ArrayList<>(), new ArrayList<>());
    for (InspectedFile file : InspectedFile.all(files, recipe.dicom(), inspector, progress)) {
      file.problem()
          .ifPresentOrElse(
              problem -> inspection.unreadable.add(new Unreadable(file.labelled().file(), problem)),
              () -> inspection.readable.add(file));
    }
    if (recipe.onBadImage() == OnBadImage.FAIL && !inspection.unreadable.isEmpty()) {
      throw inspection.refusal(folder);
    }
    return inspection;
  }

  private DatasetException refusal(Path folder) {
    String shown =
        unreadable.stream()
            .limit(SHOWN)
            .map(file -> "  " + file)
            .collect(Collectors.joining(System.lineSeparator()));
    return new DatasetException(
        "%s: %d of its files cannot be read; data.onBadImage: skip goes on without them%n%s%s"
            .formatted(
                folder,
                unreadable.size(),
                shown,
                unreadable.size() > SHOWN
                    ? "%n  and %d more".formatted(unreadable.size() - SHOWN)
                    : ""));
  }
}
