package io.pneuma.images;

import io.pneuma.config.Recipe;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;

/** What a folder's layout lacks for a recipe; all of it at once, before any image is read. */
final class LayoutCheck {
  private static final String EXPECTED = "; expected " + ImageFolder.LAYOUTS;

  private final ImageFolder folder;
  private final Recipe.Data data;

  LayoutCheck(ImageFolder folder, Recipe.Data data) {
    this.folder = folder;
    this.data = data;
  }

  void run() throws DatasetException {
    List<String> problems = folder.files().isEmpty() ? List.of(empty()) : problems();
    if (!problems.isEmpty()) {
      throw new DatasetException(String.join(System.lineSeparator(), problems));
    }
  }

  private String empty() {
    return folder.root()
        + ": there are no images in class folders"
        + EXPECTED
        + "; put images there, or draw some to try with ./run.sh data phantom DIR";
  }

  private List<String> problems() {
    Map<Split, NavigableSet<String>> classes = folder.classes();
    if (!classes.containsKey(Split.TRAIN)) {
      return List.of(folder.root() + ": there is no train/ folder" + EXPECTED);
    }
    List<String> problems = new ArrayList<>();
    for (Path empty : folder.emptyClasses()) {
      problems.add(empty + ": the class has no image; add some, or remove the folder");
    }
    for (String label : folder.labels()) {
      if (!classes.get(Split.TRAIN).contains(label)) {
        problems.add(
            folder.root()
                + ": the class "
                + label
                + " is missing in train/; each class needs images to learn from");
      }
    }
    if (folder.labels().size() == 1) {
      problems.add(
          folder.root() + ": there is one class only, " + folder.labels().first() + EXPECTED);
    }
    if (data.validation().isEmpty() && !classes.containsKey(Split.VALIDATION)) {
      problems.add(
          folder.root()
              + ": there is no val/ folder; set data.validation.fraction, as in 0.1, to hold out"
              + " patients");
    }
    if (data.testFraction() > 0 && classes.containsKey(Split.TEST)) {
      problems.add(
          folder.root()
              + ": there is a test/ folder, so none can be held out; leave data.test out");
    }
    return problems;
  }
}
