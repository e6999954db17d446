package io.pneuma.images;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;

/**
 * What a network sees of some training images: a row for each, with its plain view and then
 * augmented ones, pixel by pixel as {@link ImagePipeline} gives them.
 */
public final class ContactSheet {
  private static final int ROWS_A_CLASS = 3;
  private static final int GAP = 4;
  private static final int TEXT = 18;

  private final Dataset data;
  private final ImagePipeline pipeline;
  private final int views;

  /**
   * A sheet that is yet to be drawn.
   *
   * @param views augmented ones beside the plain one
   */
  public ContactSheet(Dataset data, ImagePipeline pipeline, int views) {
    this.data = data;
    this.pipeline = pipeline;
    this.views = views;
    System.setProperty("java.awt.headless", "true");
  }

  /** Training images of each class, from all over it. */
  private List<LabelledImage> rows() {
    List<LabelledImage> rows = new ArrayList<>();
    for (int label = 0; label < data.labels().size(); label++) {
      int wanted = label;
      List<LabelledImage> of =
          data.train().stream().filter(image -> image.label() == wanted).toList();
      IntStream.range(0, Math.min(ROWS_A_CLASS, of.size()))
          .forEach(i -> rows.add(of.get(i * of.size() / ROWS_A_CLASS)));
    }
    return rows;
  }

  /**
   * Draws the sheet as a PNG.
   *
   * @throws UnreadableImageException when a file gives no image
   */
  public void write(OutputStream png) throws IOException {
    List<LabelledImage> rows = rows();
    int side = pipeline.imageSize();
    int cell = side + GAP;
    BufferedImage sheet =
        new BufferedImage(
            (1 + views) * cell + GAP,
            TEXT + rows.size() * (cell + TEXT) + GAP,
            BufferedImage.TYPE_INT_RGB);
    Graphics2D pen = sheet.createGraphics();
    pen.setColor(Color.WHITE);
    pen.fillRect(0, 0, sheet.getWidth(), sheet.getHeight());
    pen.setColor(Color.BLACK);
    pen.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, TEXT * 2 / 3));
    pen.setRenderingHint(
        RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    for (int view = 0; view <= views; view++) {
      String head = view == ImagePipeline.PLAIN ? "plain" : "view " + view;
      pen.drawString(head, GAP + view * cell, TEXT - GAP);
    }
    for (int row = 0; row < rows.size(); row++) {
      LabelledImage image = rows.get(row);
      int top = TEXT + row * (cell + TEXT);
      String name = data.labels().get(image.label()) + "  " + image.file().getFileName();
      pen.drawString(name, GAP, top + TEXT - GAP);
      for (int view = 0; view <= views; view++) {
        sheet.setRGB(GAP + view * cell, top + TEXT, side, side, pixels(image, view), 0, side);
      }
    }
    pen.dispose();
    if (!ImageIO.write(sheet, "png", png)) {
      throw new IllegalStateException("every Java platform writes PNG");
    }
  }

  private int[] pixels(LabelledImage image, int view) throws IOException {
    FloatBuffer planes = FloatBuffer.allocate(pipeline.length());
    pipeline.read(image, view, planes);
    int[] rgb = new int[pipeline.length() / 3];
    for (int i = 0; i < pipeline.length(); i++) {
      rgb[i % rgb.length] = rgb[i % rgb.length] << 8 | Math.round(planes.get(i) * 255);
    }
    return rgb;
  }
}
