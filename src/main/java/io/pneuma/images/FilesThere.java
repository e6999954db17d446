package io.pneuma.images;

import io.pneuma.config.UserPath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Which of many files are there. Other machines are asked once for each folder, since each question
 * takes its time.
 */
public final class FilesThere {
  private final Map<Path, Map<Path, Path>> listed = new HashMap<>();

  /**
   * The file as its folder lists it, if it is there and no folder.
   *
   * @throws IOException when another machine cannot tell
   */
  public Optional<Path> find(Path file) throws IOException {
    if (UserPath.isLocal(file)) {
      return Files.isRegularFile(file) ? Optional.of(file) : Optional.empty();
    }
    Path folder = file.getParent();
    if (folder != null && !listed.containsKey(folder)) {
      listed.put(folder, list(folder));
    }
    return Optional.ofNullable(folder == null ? null : listed.get(folder).get(file));
  }

  private static Map<Path, Path> list(Path folder) throws IOException {
    Map<Path, Path> files = new HashMap<>();
    try (Stream<Path> entries = Files.list(folder)) {
      entries.filter(Files::isRegularFile).forEach(file -> files.put(file, file));
    } catch (NoSuchFileException | NotDirectoryException e) {
      return Map.of();
    }
    return files;
  }

  /**
   * Refuses to take it for no that another machine did not tell whether a file or folder is there.
   *
   * @throws IOException saying why it does not tell
   */
  public static void requireTold(Path place) throws IOException {
    try {
      if (!UserPath.isLocal(place)) {
        Files.readAttributes(place, BasicFileAttributes.class);
      }
    } catch (NoSuchFileException e) {
      return; // It says no.
    }
  }
}
