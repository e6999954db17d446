package io.pneuma.images;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * What stands where in a folder of labelled images; no file is opened.
 *
 * @param classes for each split that the folder has, its class folders; a folder without {@code
 *     train/}, {@code val/} and {@code test/} is all TRAIN
 * @param files every file of a class folder, in an order that no file system changes
 * @param unused folders beside {@code train/}, {@code val/} and {@code test/}
 */
record ImageFolder(
    Path root,
    Map<Split, NavigableSet<String>> classes,
    List<LabelledFile> files,
    List<Path> unused) {

  /** A file and the folders that it stands in. */
  record LabelledFile(Path file, Split split, String className) {}

  static final String LAYOUTS = "train|val|test/CLASS/image or CLASS/image";

  private static final Set<String> SYSTEM_FILES = Set.of("thumbs.db", "desktop.ini", "__macosx");

  static ImageFolder scan(Path root) throws IOException {
    if (!Files.isDirectory(root)) {
      throw new DatasetException(
          root
              + ": there is no such folder; expected "
              + LAYOUTS
              + "; set data.folder, or draw a folder to try with ./run.sh data phantom "
              + root);
    }
    Map<Split, NavigableSet<String>> classes = new EnumMap<>(Split.class);
    List<LabelledFile> files = new ArrayList<>();
    for (Split split : Split.values()) {
      if (Files.isDirectory(root.resolve(split.folder))) {
        classes.put(split, list(root.resolve(split.folder), split, files));
      }
    }
    List<Path> unused = new ArrayList<>();
    if (classes.isEmpty()) {
      classes.put(Split.TRAIN, list(root, Split.TRAIN, files));
    } else {
      Set<String> splits = Set.of("train", "val", "test");
      for (Path folder : folders(root)) {
        if (!splits.contains(folder.getFileName().toString())) {
          unused.add(folder);
        }
      }
    }
    return new ImageFolder(root, classes, List.copyOf(files), List.copyOf(unused));
  }

  /** The names of all classes, sorted. */
  NavigableSet<String> labels() {
    NavigableSet<String> labels = new TreeSet<>();
    classes.values().forEach(labels::addAll);
    return labels;
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
    return root.relativize(file).toString().replace('\\', '/');
  }

  private static NavigableSet<String> list(Path parent, Split split, List<LabelledFile> files)
      throws IOException {
    NavigableSet<String> classes = new TreeSet<>();
    for (Path folder : folders(parent)) {
      String className = folder.getFileName().toString();
      classes.add(className);
      for (Path file : entries(folder)) {
        files.add(new LabelledFile(file, split, className));
      }
    }
    return classes;
  }

  private static List<Path> folders(Path parent) throws IOException {
    return entries(parent).stream().filter(Files::isDirectory).toList();
  }

  private static List<Path> entries(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
          .filter(entry -> isOfTheUser(entry.getFileName().toString()))
          .sorted(Comparator.comparing(entry -> entry.getFileName().toString()))
          .toList();
    }
  }

  private static boolean isOfTheUser(String name) {
    return !name.startsWith(".") && !SYSTEM_FILES.contains(name.toLowerCase(Locale.ROOT));
  }
}
