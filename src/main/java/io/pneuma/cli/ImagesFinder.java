package io.pneuma.cli;

import io.pneuma.archives.ArchiveUnpacker;
import io.pneuma.archives.MedMnist;
import io.pneuma.config.Recipe;
import io.pneuma.training.Progress;
import io.pneuma.weights.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Makes a folder of images of an archive that is named in place of one: unpacked once, into the
 * cache, by its content.
 */
final class ImagesFinder {
  private static final Set<String> SPLITS = Set.of("train", "val", "test");

  private final Terminal terminal;
  private final Path cache;
  private final Map<Path, Path> found = new HashMap<>();

  ImagesFinder(Terminal terminal, Path cache) {
    this.terminal = terminal;
    this.cache = cache.resolve("images");
  }

  /** The recipe with a folder or a table of images; as it is where there is no such file. */
  Recipe located(Recipe recipe) throws IOException {
    Path folder = recipe.data().folder();
    Path found = located(folder);
    return found.equals(folder) ? recipe : recipe.at(found);
  }

  /** Whether a file of this name may stand for a folder of images. */
  static boolean isKnown(Path file) {
    return Recipe.Data.isTable(file) || isNamed(file, ".zip") || isNamed(file, ".npz");
  }

  private static boolean isNamed(Path file, String ending) {
    return file.toString().toLowerCase(Locale.ROOT).endsWith(ending);
  }

  /** The folder of an archive's images; anything else as it is. */
  Path located(Path given) throws IOException {
    if (!found.containsKey(given)) { // Each candidate of a search asks.
      found.put(given, place(given));
    }
    return found.get(given);
  }

  private Path place(Path given) throws IOException {
    boolean npz = isNamed(given, ".npz");
    if (!Files.isRegularFile(given) || !(npz || isNamed(given, ".zip"))) {
      return given;
    }
    String sha256 = Digest.sha256(given);
    if (npz) {
      String kind = MedMnist.isPneumonia(given) ? "pneumoniamnist-" : "npz-"; // It names classes.
      Path folder = cache.resolve(kind + sha256);
      if (!Files.isDirectory(folder)) {
        try (MedMnist set = MedMnist.open(given);
            Progress.Task task = start(given, set.fileCount(), "images")) {
          set.into(folder, task::at);
        }
      }
      return folder;
    }
    Path folder = cache.resolve("zip-" + sha256);
    if (!Files.isDirectory(folder)) {
      try (ArchiveUnpacker unpacker = ArchiveUnpacker.open(given, "", path -> path);
          Progress.Task task = start(given, unpacker.fileCount(), "files")) {
        unpacker.into(folder, task::at);
      }
    }
    return inside(folder);
  }

  private Progress.Task start(Path archive, int count, String unit) {
    return terminal.start("unpacking " + archive.getFileName(), 0, count, unit);
  }

  /** Below folders that hold one folder and nothing else, as what was packed whole. */
  private static Path inside(Path unpacked) throws IOException {
    Path at = unpacked;
    while (true) {
      List<Path> entries;
      try (Stream<Path> all = Files.list(at)) {
        entries = all.toList();
      }
      if (entries.size() != 1
          || !Files.isDirectory(entries.get(0))
          || SPLITS.contains(entries.get(0).getFileName().toString())) {
        return at;
      }
      at = entries.get(0);
    }
  }
}
