package io.pneuma.images;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.Random;

/** An image that no format can shrink to nothing, so that each part of its file matters. */
final class GreyNoise {
  private GreyNoise() {}

  static byte[] encode(String format) throws IOException {
    Random random = new Random(7);
    BufferedImage image = new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 64 * 64; i++) {
      image.setRGB(i % 64, i / 64, random.nextInt(256) * 0x010101);
    }
    return TestImages.encode(image, format);
  }
}
