package io.pneuma.explain;

import io.pneuma.images.ImageBytes;
import io.pneuma.images.ShownImage;
import io.pneuma.images.UnreadableImageException;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.OptionalInt;
import javax.imageio.ImageIO;

/**
 * An image for people, and what the network saw in it.
 *
 * @param image a JPEG
 * @param map the image with what speaks for the answer laid over it, a JPEG; null where there is no
 *     map
 * @param label the answer that is explained; null where there is no map
 */
@SuppressWarnings("ArrayRecordComponent") // A carrier, never compared.
public record ShownMap(byte[] image, byte[] map, String label) {
  /** Pixels of the longer side at most. */
  private static final int LONGEST = 768;

  /**
   * An image alone.
   *
   * @throws UnreadableImageException when the bytes give no image
   */
  public static ShownMap without(ImageBytes image) throws UnreadableImageException {
    return new ShownMap(jpeg(ShownImage.of(image, LONGEST).picture()), null, null);
  }

  /**
   * An image with its map, for one caller of an explainer at a time.
   *
   * @throws UnreadableImageException when the bytes give no image
   */
  public static ShownMap of(ImageBytes image, RunExplainer explainer)
      throws UnreadableImageException {
    BufferedImage picture = ShownImage.of(image, LONGEST).picture();
    RunExplainer.Explained explained = explainer.explain(image, OptionalInt.empty());
    Heatmap map = explained.fused();
    return new ShownMap(
        jpeg(picture),
        jpeg(Overlay.of(picture, map, map.most(), List.of())),
        explainer.labels().get(explained.which()));
  }

  private static byte[] jpeg(BufferedImage picture) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      if (!ImageIO.write(picture, "jpg", out)) {
        throw new IllegalStateException("every Java platform writes JPEG");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }
}
