package io.pneuma.features;

import io.pneuma.images.ImageView;
import io.pneuma.weights.Digest;
import java.io.IOException;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/**
 * The features of some views by one backbone, in two files for a machine that has no bank. A file's
 * name tells all that is in it.
 *
 * @param width features of a view
 * @param plain name of the file of fixed views
 * @param augmented name of the file of augmented ones
 */
public record CopiedShelf(int width, String plain, String augmented) implements Serializable {

  /** Copies what is on a shelf; a file that is in the folder already is not written again. */
  static CopiedShelf of(Shelf shelf, String[] keys, List<ImageView> views, Path folder)
      throws IOException {
    List<ImageView> fixed = views.stream().filter(ImageView::isFixed).toList();
    List<ImageView> others = views.stream().filter(view -> !view.isFixed()).toList();
    return new CopiedShelf(
        shelf.width(),
        copy(shelf.plain(), keys[0], shelf.width(), fixed, folder),
        copy(shelf.augmented(), keys[1], shelf.width(), others, folder));
  }

  private static String copy(
      FeatureFile from, String key, int width, List<ImageView> views, Path folder)
      throws IOException {
    StringBuilder content = new StringBuilder(key);
    views.forEach(
        view -> content.append('\n').append(view.image().sha256()).append(' ').append(view.view()));
    byte[] told = content.toString().getBytes(StandardCharsets.UTF_8);
    String name = Digest.sha256(told) + ".features";
    if (Files.exists(folder.resolve(name))) {
      return name;
    }
    Path partial = folder.resolve(name + ".partial");
    Files.deleteIfExists(partial);
    ByteBuffer row = ByteBuffer.allocate(width * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    try (FeatureFile to = FeatureFile.open(partial, name, width);
        FileLock lock = to.lock()) {
      for (ImageView view : views) {
        if (lock.isValid() && !to.contains(view.image().sha256(), view.view())) {
          from.read(view.image().sha256(), view.view(), row.clear());
          to.append(view.image().sha256(), view.view(), row.flip().asFloatBuffer());
        }
      }
    }
    Files.move(partial, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    return name;
  }
}
