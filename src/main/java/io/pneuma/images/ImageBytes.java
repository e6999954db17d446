package io.pneuma.images;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A whole image file in memory, whose views can be taken any number of times.
 *
 * @param name what an exception names
 * @param bytes as they stand in the file
 * @param noise the seed of what a {@link Shift} draws
 */
@SuppressWarnings("ArrayRecordComponent") // A carrier, never compared.
public record ImageBytes(String name, byte[] bytes, int noise) {
  /**
   * A file that is met for the first time.
   *
   * @throws UnreadableImageException when there is none, or it is broken
   */
  public static ImageBytes of(Path file) throws IOException {
    return of(file.toString(), ImageDecoder.bytes(file));
  }

  /**
   * What somebody sent.
   *
   * @throws UnreadableImageException when it is broken
   */
  public static ImageBytes of(String name, byte[] bytes) throws UnreadableImageException {
    ImageDecoder.requireSound(bytes, name);
    return new ImageBytes(name, bytes, 0);
  }

  /**
   * An image of a data set, which was found sound when that was loaded.
   *
   * @throws UnreadableImageException when the file is gone
   * @throws DatasetException when its bytes are not those that were checked: what is stored under
   *     their hash must be made of them
   */
  public static ImageBytes of(LabelledImage image) throws IOException {
    byte[] bytes = ImageDecoder.bytes(image.file());
    if (!Hash.hex(bytes).equals(image.sha256())) {
      throw new DatasetException(
          image.file()
              + ": has changed since it was checked; start again when nothing writes to its folder");
    }
    return new ImageBytes(image.file().toString(), bytes, noise(image));
  }

  static int noise(LabelledImage image) {
    return (int) Hash.seed("noise", image.sha256());
  }
}
