package io.pneuma.images;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * What lies in a folder where class folders were expected, so that a message can name it.
 *
 * @param files that stand in the folder itself, hidden ones apart
 * @param images those of them that begin as an image does
 */
record FolderContents(long files, long images) {
  /** More than any header that is looked at. */
  private static final int BEGINNING = 1 << 16;

  static FolderContents of(Path folder) throws IOException {
    List<Path> files;
    try (Stream<Path> entries = Files.list(folder)) {
      files =
          entries
              .filter(Files::isRegularFile)
              .filter(file -> !file.getFileName().toString().startsWith("."))
              .toList();
    }
    long images = 0;
    for (Path file : files) {
      images += ImageHeader.begins(beginning(file)) ? 1 : 0;
    }
    return new FolderContents(files.size(), images);
  }

  private static byte[] beginning(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      return in.readNBytes(BEGINNING);
    } catch (IOException e) {
      return new byte[0]; // Counted as a file of no known kind.
    }
  }

  /** What to add to the message; empty where no file lies in the folder. */
  String remark() {
    if (files == 0) {
      return "";
    }
    return ", but %d files lie in it directly, %d of them images: move them into a folder for each class"
        .formatted(files, images);
  }
}
