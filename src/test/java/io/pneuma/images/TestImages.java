package io.pneuma.images;

import io.pneuma.config.Recipe;
import io.pneuma.config.Recipe.HoldOutRule;
import io.pneuma.config.Recipe.OnBadImage;
import io.pneuma.config.Recipe.Validation;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Optional;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;

/** Images and recipes small enough to work out by hand. */
public final class TestImages {
  static final int SIDE = 16;

  private TestImages() {}

  /** A square of one colour. */
  static BufferedImage plain(int rgb) {
    BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < SIDE; y++) {
      for (int x = 0; x < SIDE; x++) {
        image.setRGB(x, y, rgb);
      }
    }
    return image;
  }

  /** Black, with one white pixel. */
  static BufferedImage marked(int x, int y) {
    BufferedImage image = plain(0);
    image.setRGB(x, y, 0xFFFFFF);
    return image;
  }

  static byte[] encode(BufferedImage image, String format) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageWriter writer = javasOwn(ImageIO.getImageWritersByFormatName(format));
    try (ImageOutputStream out = ImageIO.createImageOutputStream(bytes)) {
      writer.setOutput(out);
      writer.write(image);
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }

  /** Which of the writers on the class path comes first is left to chance. */
  private static ImageWriter javasOwn(Iterator<ImageWriter> writers) {
    while (writers.hasNext()) {
      ImageWriter writer = writers.next();
      if (writer.getClass().getName().startsWith("com.sun.")) {
        return writer;
      }
    }
    throw new IllegalArgumentException("Java has no writer of its own for it");
  }

  /** A PNG whose content depends on the number alone. */
  static Path png(Path file, int number) throws IOException {
    Files.createDirectories(file.getParent());
    return Files.write(file, encode(plain((number * 0x010203 | 0x808080) & 0xFFFFFF), "png"));
  }

  /** The plain view at the image's own size: R, G, B planes. */
  static float[] read(byte[] bytes) throws IOException {
    ImagePipeline pipeline = new ImagePipeline(SIDE, new Recipe.Augmentation(1, 0, 0, 1), 1);
    FloatBuffer target = FloatBuffer.allocate(pipeline.length());
    pipeline.read(new ImageBytes("test", bytes, 0), target);
    return target.array();
  }

  public static Recipe.Data data(
      Path folder, double validation, double test, OnBadImage onBadImage) {
    return data(folder, validation, test, onBadImage, Recipe.PATIENT);
  }

  public static Recipe.Data data(
      Path folder, double validation, double test, OnBadImage onBadImage, String groupBy) {
    return new Recipe.Data(
        folder,
        SIDE,
        validation > 0
            ? Optional.of(new Validation(new HoldOutRule.Share(validation), groupBy))
            : Optional.empty(),
        test > 0 ? Optional.of(new HoldOutRule.Share(test)) : Optional.empty(),
        onBadImage,
        Optional.empty(),
        false,
        Optional.empty(),
        Recipe.DicomRule.STRICT);
  }
}
