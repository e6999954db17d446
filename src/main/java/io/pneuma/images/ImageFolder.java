package io.pneuma.images;

import io.pneuma.config.Recipe;
import io.pneuma.config.UserPath;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What stands where in a folder of labelled images, or in a table of them; no image is opened.
 *
 * @param root the folder, or the file of the table
 * @param classes for each split that the folder has, its class folders; a folder without {@code
 *     train/}, {@code val/} and {@code test/} is all TRAIN
 * @param files every file of a class folder, in an order that no file system changes
 * @param unused folders beside {@code train/}, {@code val/} and {@code test/}
 * @param isFlat whether there are no splits
 * @param table that the images stand in; empty of a folder
 */
record ImageFolder(
    Path root,
    Map<Split, NavigableSet<String>> classes,
    List<LabelledFile> files,
    List<Path> unused,
    boolean isFlat,
    Optional<LabelTable> table) {

  /**
   * A file and the folders that it stands in.
   *
   * @param patient empty where a table does not tell it
   */
  record LabelledFile(Path file, Split split, String className, Optional<String> patient) {}

  static final String LAYOUTS = "train|val|test/CLASS/image or CLASS/image";

  /**
   * What operating systems, disks and network storage leave in folders, beside names with a dot.
   */
  private static final Set<String> SYSTEM_FILES =
      Set.of(
          "thumbs.db",
          "ehthumbs.db",
          "desktop.ini",
          "icon\r",
          "__macosx",
          "lost+found",
          "system volume information",
          "$recycle.bin",
          "recycler",
          "@eadir",
          "@tmp",
          "#recycle",
          "#snapshot",
          "@recycle");

  /** What {@link #alike} finds. */
  static final String ALIKE = "classes that differ in case or spaces alone are kept apart";

  private static final int SHOWN = 10;

  static ImageFolder scan(Path root) throws IOException {
    FilesThere.requireTold(root);
    if (Recipe.Data.isTable(root)) {
      return LabelTable.read(root).folder();
    }
    if (Files.isRegularFile(root)) {
      throw new DatasetException(
          root
              + ": is a file; expected a folder with "
              + LAYOUTS
              + ", such a folder as .zip, a table of images as .csv, or MedMNIST's .npz");
    }
    if (!Files.isDirectory(root)) {
      throw new DatasetException(
          root
              + ": there is no such folder; expected "
              + LAYOUTS
              + "; set data.folder"
              + (UserPath.isLocal(root)
                  ? ", or draw a folder to try with ./run.sh data phantom " + root
                  : ""));
    }
    Map<Split, NavigableSet<String>> classes = new EnumMap<>(Split.class);
    List<LabelledFile> files = new ArrayList<>();
    for (Split split : Split.values()) {
      if (Files.isDirectory(root.resolve(split.folder))) {
        classes.put(split, list(root.resolve(split.folder), split, files));
      }
    }
    List<Path> unused = new ArrayList<>();
    List<Path> folders = folders(root);
    boolean flat = classes.isEmpty();
    if (flat) {
      classes.put(Split.TRAIN, list(root, Split.TRAIN, files));
    } else {
      Set<String> splits = Set.of("train", "val", "test");
      for (Path folder : folders) {
        if (!splits.contains(folder.getFileName().toString())) {
          unused.add(folder);
        }
      }
    }
    return new ImageFolder(
        root, classes, List.copyOf(files), List.copyOf(unused), flat, Optional.empty());
  }

  /** Whether the images stand in a table. */
  boolean isTable() {
    return table.isPresent();
  }

  /**
   * Refuses images of another content than a table tells.
   *
   * @throws DatasetException naming the first
   */
  void requireSame(List<InspectedFile> readable) throws DatasetException {
    if (isTable()) {
      table.get().requireSame(readable);
    }
  }

  /** The names of all classes, sorted. */
  NavigableSet<String> labels() {
    NavigableSet<String> labels = new TreeSet<>();
    classes.values().forEach(labels::addAll);
    return labels;
  }

  /** Groups of classes that may be meant to be one. */
  List<String> alike() {
    return labels().stream()
        .collect(Collectors.groupingBy(label -> label.strip().toLowerCase(Locale.ROOT)))
        .values()
        .stream()
        .filter(names -> names.size() > 1)
        .map(names -> String.join(", ", names))
        .toList();
  }

  /** The class folders in which no file stands. */
  List<Path> emptyClasses() {
    List<Path> empty = new ArrayList<>();
    classes.forEach(
        (split, names) -> {
          for (String name : names) {
            if (files.stream().noneMatch(f -> f.split() == split && f.className().equals(name))) {
              empty.add(split(split).resolve(name));
            }
          }
        });
    return empty;
  }

  private Path split(Split split) {
    Path folder = root.resolve(split.folder);
    return Files.isDirectory(folder) ? folder : root;
  }

  /** The path of a file below the root, with slashes on every system. */
  String relative(Path file) {
    Path base = isTable() ? root.getParent() : root;
    Path below = file.startsWith(base) ? base.relativize(file) : file;
    String path = below.toString().replace('\\', '/');
    return Normalizer.normalize(path, Normalizer.Form.NFC);
  }

  private static NavigableSet<String> list(Path parent, Split split, List<LabelledFile> files)
      throws IOException {
    NavigableSet<String> classes = new TreeSet<>();
    for (Path folder : folders(parent)) {
      String className = name(folder);
      if (!classes.add(className)) {
        throw new DatasetException(
            parent
                + ": two folders are called "
                + className
                + " and differ in Unicode normalisation alone; join them");
      }
      for (Path file : entries(folder)) {
        files.add(new LabelledFile(file, split, className, Optional.empty()));
      }
    }
    return classes;
  }

  private static List<Path> folders(Path parent) throws IOException {
    List<Path> entries = entries(parent);
    for (Path entry : entries) {
      if (Files.isSymbolicLink(entry) && !Files.exists(entry)) { // Its images would be missed.
        throw new DatasetException(entry + ": is a link that leads nowhere; mend or remove it");
      }
    }
    return entries.stream().filter(Files::isDirectory).filter(f -> !isRun(f)).toList();
  }

  /** A run directory is no class, wherever it lies. */
  static boolean isRun(Path folder) {
    return Files.isRegularFile(folder.resolve("config.yaml"))
        && Files.isRegularFile(folder.resolve("labels.json"));
  }

  static List<Path> entries(Path folder) throws IOException {
    List<Path> all;
    try (Stream<Path> entries = Files.list(folder)) {
      all = entries.toList();
    } catch (AccessDeniedException e) {
      throw new DatasetException(folder + ": cannot be listed: permission denied");
    } catch (FileSystemException e) {
      throw new DatasetException(folder + ": cannot be listed: " + e.getReason());
    }
    requireText(folder, all);
    return all.stream()
        .filter(entry -> isOfTheUser(name(entry)))
        .sorted(Comparator.comparing(ImageFolder::name))
        .toList();
  }

  /** The name of a file or folder, in the one normalisation in which names are compared. */
  static String name(Path file) {
    return Normalizer.normalize(file.getFileName().toString(), Normalizer.Form.NFC);
  }

  /** Two names that cannot be decoded would look the same, and their classes would be merged. */
  private static void requireText(Path folder, List<Path> entries) throws DatasetException {
    List<String> broken =
        entries.stream()
            .filter(entry -> !isText(entry))
            .map(entry -> entry.toUri().getRawPath().replaceFirst("/$", "").replaceFirst(".*/", ""))
            .sorted()
            .toList();
    if (!broken.isEmpty()) {
      throw new DatasetException(
          "%s: %d names in it are no text in %s, such as %s (%% stands before a byte in hexadecimal);"
                  .formatted(
                      folder,
                      broken.size(),
                      System.getProperty("sun.jnu.encoding"),
                      String.join(", ", broken.subList(0, Math.min(SHOWN, broken.size()))))
              + " rename them, for instance with convmv, or set a locale such as LC_ALL=C.UTF-8");
    }
  }

  private static boolean isText(Path entry) {
    try {
      return entry.getFileSystem().getPath(entry.toString()).equals(entry);
    } catch (InvalidPathException e) {
      return false;
    }
  }

  private static boolean isOfTheUser(String name) {
    return !name.startsWith(".") && !SYSTEM_FILES.contains(name.toLowerCase(Locale.ROOT));
  }
}
