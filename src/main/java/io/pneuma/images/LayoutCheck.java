package io.pneuma.images;

import static java.util.stream.Collectors.joining;

import io.pneuma.config.Recipe;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeMap;

/** What a folder's layout lacks; all of it at once, before any image is read. */
final class LayoutCheck {
  private static final String EXPECTED = "; expected " + ImageFolder.LAYOUTS;

  private final ImageFolder folder;

  LayoutCheck(ImageFolder folder) {
    this.folder = folder;
  }

  /** What no recipe can train on, classes without an image apart. */
  List<String> problems() throws IOException {
    List<String> names = names();
    if (!names.isEmpty()) {
      return names;
    }
    return folder.files().isEmpty() ? List.of(empty()) : classes();
  }

  /**
   * Refuses what a recipe cannot train on.
   *
   * @throws DatasetException with every problem
   */
  void require(Recipe.Data data) throws IOException {
    List<String> problems = new ArrayList<>(problems());
    if (names().isEmpty()
        && folder.classes().containsKey(Split.TRAIN)
        && !folder.files().isEmpty()) {
      problems.addAll(splits(data));
    }
    if (!problems.isEmpty()) {
      throw new DatasetException(String.join(System.lineSeparator(), problems));
    }
  }

  private String empty() throws IOException {
    return folder.root()
        + ": there are no images in class folders"
        + FolderContents.of(folder.root()).remark()
        + EXPECTED
        + "; put images there, or draw some to try with ./run.sh data phantom DIR";
  }

  /** Folders that stand for a split in other programs, by the name that they have here. */
  private List<String> otherwiseNamed() {
    List<Path> candidates = new ArrayList<>(folder.unused());
    if (folder.isFlat()) {
      folder.labels().forEach(label -> candidates.add(folder.root().resolve(label)));
    }
    Map<String, Split> found = new TreeMap<>();
    for (Path candidate : candidates) {
      Split split = Split.OTHERWISE.get(ImageFolder.name(candidate).toLowerCase(Locale.ROOT));
      if (split != null && (folder.isFlat() || !folder.classes().containsKey(split))) {
        found.put(ImageFolder.name(candidate), split);
      }
    }
    if (found.isEmpty() || (folder.isFlat() && !found.containsValue(Split.TRAIN))) {
      return List.of(); // A class may be called "dev".
    }
    return List.of(
        "%s: %s %s; call %s %s"
            .formatted(
                folder.root(),
                String.join(", ", found.keySet()),
                folder.isFlat()
                    ? found.size() == 1 ? "looks like a split" : "look like splits"
                    : found.size() == 1 ? "is not used" : "are not used",
                found.size() == 1 ? "it" : "them",
                found.values().stream().map(s -> s.folder).collect(joining(", "))));
  }

  /** Folders whose names say that they are splits, and are not, or the other way round. */
  private List<String> names() throws IOException {
    if (folder.isTable()) {
      return List.of();
    }
    List<String> otherwise = otherwiseNamed();
    if (!otherwise.isEmpty() || folder.isFlat()) {
      return otherwise;
    }
    for (Map.Entry<Split, NavigableSet<String>> split : folder.classes().entrySet()) {
      String name = split.getKey().folder;
      if (split.getValue().isEmpty()) {
        Path own = folder.root().resolve(name);
        return List.of(
            own
                + ": there are no class folders in it"
                + FolderContents.of(own).remark()
                + EXPECTED
                + "; a class must not be called "
                + name
                + ", which is the name of a split");
      }
    }
    return List.of();
  }

  private List<String> classes() {
    NavigableSet<String> learnt = folder.classes().get(Split.TRAIN);
    if (learnt == null) {
      return List.of(
          folder.isTable()
              ? folder.root() + ": no line has the split train"
              : folder.root() + ": there is no train/ folder" + EXPECTED);
    }
    List<String> problems = new ArrayList<>();
    for (String label : folder.labels()) {
      if (!learnt.contains(label)) {
        problems.add(
            folder.root()
                + ": the class "
                + label
                + " is missing in "
                + (folder.isTable() ? "the split train" : "train/")
                + "; each class needs images to learn from");
      }
    }
    if (folder.labels().size() == 1) {
      problems.add(
          folder.root()
              + ": there is one class only, "
              + folder.labels().first()
              + (folder.isTable() ? "; expected two labels at least" : EXPECTED));
    }
    return problems;
  }

  private List<String> splits(Recipe.Data data) {
    if (folder.isTable()) {
      return ofTable(data);
    }
    List<String> problems = new ArrayList<>();
    for (Path empty : folder.emptyClasses()) {
      problems.add(empty + ": the class has no image; add some, or remove the folder");
    }
    if (data.validation().isEmpty() && !folder.classes().containsKey(Split.VALIDATION)) {
      problems.add(
          folder.root()
              + ": there is no val/ folder; set data.validation.fraction, as in 0.1, to hold out"
              + " patients");
    }
    if (data.test().isPresent() && folder.classes().containsKey(Split.TEST)) {
      problems.add(
          folder.root()
              + ": there is a test/ folder, so none can be held out; leave data.test out, or say"
              + " --set data.test=none");
    }
    return problems;
  }

  /**
   * What a table says of splits is meant so: unlike {@code val/} it is not pooled and dealt anew.
   */
  private List<String> ofTable(Recipe.Data data) {
    List<String> problems = new ArrayList<>();
    boolean validation = folder.classes().containsKey(Split.VALIDATION);
    if (data.validation().isEmpty() && !validation) {
      problems.add(
          folder.root()
              + ": no line has the split validation; set data.validation.fraction, as in 0.1, to"
              + " hold out patients");
    }
    if (folder.isFlat()) {
      return problems;
    }
    List<String> told = new ArrayList<>();
    if (data.validation().isPresent() && validation) {
      told.add("data.validation");
    }
    if (data.test().isPresent() && folder.classes().containsKey(Split.TEST)) {
      told.add("data.test");
    }
    if (!told.isEmpty()) {
      problems.add(
          "%s: its column split says who is held out, beside %s; to hold out those of the table, say %s"
              .formatted(
                  folder.root(),
                  String.join(" and ", told),
                  told.stream().map(key -> "--set " + key + "=none").collect(joining(" "))));
    }
    return problems;
  }
}
