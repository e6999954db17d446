package io.pneuma.explain;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.util.List;

/** A map laid over its image: the more a place speaks for the class, the more it is coloured. */
final class Overlay {
  private static final double MOST_COVERED = 0.65;
  private static final int[] FAINT = {255, 210, 60};
  private static final int[] STRONG = {220, 20, 20};

  private Overlay() {}

  /**
   * Lays what speaks for the class over a picture.
   *
   * @param most what is coloured in full
   * @param regions to be outlined, in shares of the picture
   */
  static BufferedImage of(
      BufferedImage picture, Heatmap map, float most, List<Regions.Region> regions) {
    int width = picture.getWidth();
    int height = picture.getHeight();
    BufferedImage over = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    float[] values = map.resized(height, width).positive().values();
    for (int i = 0; i < values.length; i++) {
      int rgb = picture.getRGB(i % width, i / width);
      double strength = most <= 0 ? 0 : Math.min(1, values[i] / most);
      over.setRGB(i % width, i / width, mixed(rgb, strength));
    }
    Graphics2D pen = over.createGraphics();
    pen.setColor(Color.WHITE);
    pen.setStroke(new BasicStroke(Math.max(1, width / 250f)));
    for (Regions.Region region : regions) {
      pen.drawRect(
          (int) Math.round(region.x() * width),
          (int) Math.round(region.y() * height),
          (int) Math.round(region.width() * width) - 1,
          (int) Math.round(region.height() * height) - 1);
    }
    pen.dispose();
    return over;
  }

  private static int mixed(int rgb, double strength) {
    int mixed = 0;
    for (int channel = 0; channel < 3; channel++) {
      int shift = 16 - 8 * channel;
      double colour = FAINT[channel] + strength * (STRONG[channel] - FAINT[channel]);
      double cover = MOST_COVERED * strength;
      mixed |= (int) Math.round((1 - cover) * (rgb >> shift & 0xFF) + cover * colour) << shift;
    }
    return mixed;
  }
}
