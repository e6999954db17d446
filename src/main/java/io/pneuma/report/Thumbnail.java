package io.pneuma.report;

import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import javax.imageio.ImageIO;

/** A small picture of an image, for a page. */
public final class Thumbnail {
  private static final int SIDE = 112;

  private Thumbnail() {}

  /**
   * A JPEG in base64; empty where the file is gone, is no longer the one that was answered for, or
   * is of a kind that the JDK does not draw.
   */
  static String of(Path file, String sha256) {
    try {
      byte[] bytes = Files.readAllBytes(file);
      String hash = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
      BufferedImage image =
          hash.equals(sha256) ? ImageIO.read(new ByteArrayInputStream(bytes)) : null;
      return image == null ? "" : Base64.getEncoder().encodeToString(small(image));
    } catch (IOException | RuntimeException e) {
      return "";
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** A picture that is as it should be already, in base64; empty where there is none. */
  static String asIs(Path file) {
    try {
      return Files.exists(file) ? Base64.getEncoder().encodeToString(Files.readAllBytes(file)) : "";
    } catch (IOException e) {
      return "";
    }
  }

  private static byte[] small(BufferedImage image) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageIO.write(square(image), "jpg", out);
    return out.toByteArray();
  }

  /** A picture as reports show it: of equal sides, in grey. */
  public static BufferedImage square(BufferedImage image) {
    BufferedImage small = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_BYTE_GRAY);
    Graphics2D graphics = small.createGraphics();
    graphics.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
    graphics.drawImage(image, 0, 0, SIDE, SIDE, null);
    graphics.dispose();
    return small;
  }
}
