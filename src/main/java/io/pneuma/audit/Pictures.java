package io.pneuma.audit;

import io.pneuma.images.FolderImages.Found;
import io.pneuma.images.ImagePipeline;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.Base64;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.LongConsumer;
import javax.imageio.ImageIO;

/** Small pictures for a page, of every kind of file that can be decoded. */
final class Pictures {
  static final int SIDE = 112;
  private static final ImagePipeline PIPELINE = ImagePipeline.plain(SIDE);

  private Pictures() {}

  /**
   * JPEGs in base64 by the paths of their files.
   *
   * @param progress takes the number of pictures made
   */
  static Map<String, String> of(Collection<Found> images, Set<String> wanted, LongConsumer progress)
      throws IOException {
    Map<String, String> pictures = new LinkedHashMap<>();
    for (Found found : images) {
      if (wanted.contains(found.path())) {
        pictures.put(found.path(), jpeg(found));
        progress.accept(pictures.size());
      }
    }
    return pictures;
  }

  private static String jpeg(Found found) throws IOException {
    FloatBuffer pixels = FloatBuffer.allocate(PIPELINE.length());
    PIPELINE.read(found.image(), ImagePipeline.PLAIN, pixels);
    BufferedImage picture = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
    int plane = SIDE * SIDE;
    for (int i = 0; i < plane; i++) {
      int red = Math.round(255 * pixels.get(i));
      int green = Math.round(255 * pixels.get(plane + i));
      int blue = Math.round(255 * pixels.get(2 * plane + i));
      picture.setRGB(i % SIDE, i / SIDE, red << 16 | green << 8 | blue);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageIO.write(picture, "jpg", out);
    return Base64.getEncoder().encodeToString(out.toByteArray());
  }
}
