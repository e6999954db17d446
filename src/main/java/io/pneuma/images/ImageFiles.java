package io.pneuma.images;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The image files below a folder, at any depth, in the order of their paths.
 *
 * @param images what is called an image or begins like one, so that a broken one is not passed over
 * @param others files passed over
 * @param unlisted folders that cannot be listed, and why
 */
public record ImageFiles(List<Path> images, List<Path> others, Map<Path, String> unlisted) {
  private static final Set<String> ENDINGS =
      Set.of(
          "jpg", "jpeg", "png", "bmp", "tif", "tiff", "webp", "gif", "pnm", "pbm", "pgm", "ppm",
          "dcm");

  /** More than any header that is looked at. */
  private static final int BEGINNING = 1 << 16;

  /**
   * Looks through a folder; what systems and disks leave there, and run directories, are no part.
   */
  public static ImageFiles below(Path folder) {
    ImageFiles found = new ImageFiles(new ArrayList<>(), new ArrayList<>(), new LinkedHashMap<>());
    found.add(folder, new HashSet<>());
    return found;
  }

  /** Adds what is in a folder; a link back to a folder that was seen is not followed. */
  private void add(Path folder, Set<Path> seen) {
    try {
      if (!seen.add(folder.toRealPath())) {
        return;
      }
      for (Path entry : ImageFolder.entries(folder)) {
        if (!Files.isDirectory(entry)) {
          (isImage(entry) ? images : others).add(entry);
        } else if (!ImageFolder.isRun(entry)) {
          add(entry, seen);
        }
      }
    } catch (DatasetException e) {
      unlisted.put(folder, e.getMessage().substring(folder.toString().length() + 2));
    } catch (IOException e) {
      unlisted.put(folder, e.toString());
    }
  }

  private static boolean isImage(Path file) {
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    if (ENDINGS.contains(name.substring(name.lastIndexOf('.') + 1))) {
      return true;
    }
    try (InputStream in = Files.newInputStream(file)) {
      byte[] beginning = in.readNBytes(BEGINNING);
      return ImageHeader.begins(beginning);
    } catch (IOException e) {
      return false;
    }
  }
}
