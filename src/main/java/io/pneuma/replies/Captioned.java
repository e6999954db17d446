package io.pneuma.replies;

import static org.bytedeco.opencv.global.opencv_core.CV_8UC3;
import static org.bytedeco.opencv.global.opencv_imgproc.FONT_HERSHEY_SIMPLEX;
import static org.bytedeco.opencv.global.opencv_imgproc.LINE_AA;
import static org.bytedeco.opencv.global.opencv_imgproc.getTextSize;
import static org.bytedeco.opencv.global.opencv_imgproc.line;
import static org.bytedeco.opencv.global.opencv_imgproc.putText;

import io.pneuma.dicom.Finding;
import java.awt.geom.Point2D;
import java.awt.image.BufferedImage;
import java.nio.ByteBuffer;
import java.util.List;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Point;
import org.bytedeco.opencv.opencv_core.Scalar;

/**
 * A picture with outlines, and a band with what was found below it. OpenCV writes, whose letters
 * are its own: a server may have no font.
 */
final class Captioned {
  private static final int GAP = 8;

  private Captioned() {}

  @SuppressWarnings("unchecked") // PointerScope's empty list of classes is a generic array.
  static BufferedImage of(BufferedImage picture, Finding finding) {
    PointerScope scope = new PointerScope();
    try {
      return captioned(picture, finding);
    } finally {
      scope.close();
    }
  }

  private static BufferedImage captioned(BufferedImage picture, Finding finding) {
    int width = picture.getWidth();
    int height = picture.getHeight();
    List<String> lines = List.of(finding.line(), Finding.WARNING);
    double scale = Math.min(1.0, scale(lines, width));
    int row = (int) Math.ceil(24 * scale) + GAP;
    int band = lines.size() * row + GAP;
    Mat canvas = new Mat(height + band, width, CV_8UC3, Scalar.all(0));
    ByteBuffer bgr = canvas.createBuffer();
    for (int i = 0; i < width * height; i++) {
      int pixel = picture.getRGB(i % width, i / width);
      bgr.put((byte) pixel).put((byte) (pixel >> 8)).put((byte) (pixel >> 16));
    }
    for (List<Point2D> outline : finding.outlines()) {
      for (int i = 0; i < outline.size(); i++) {
        line(
            canvas,
            at(outline.get(i), width, height),
            at(outline.get((i + 1) % outline.size()), width, height),
            new Scalar(60, 210, 255, 0),
            2,
            LINE_AA,
            0);
      }
    }
    for (int i = 0; i < lines.size(); i++) {
      putText(
          canvas,
          lines.get(i),
          new Point(GAP, height + (i + 1) * row),
          FONT_HERSHEY_SIMPLEX,
          scale,
          Scalar.all(255),
          1,
          LINE_AA,
          false);
    }
    BufferedImage captioned = new BufferedImage(width, height + band, BufferedImage.TYPE_INT_RGB);
    bgr.rewind();
    for (int i = 0; i < width * (height + band); i++) {
      int pixel = bgr.get() & 0xFF;
      pixel |= (bgr.get() & 0xFF) << 8;
      pixel |= (bgr.get() & 0xFF) << 16;
      captioned.setRGB(i % width, i / width, pixel);
    }
    return captioned;
  }

  /** At which the longest line is as wide as the picture. */
  private static double scale(List<String> lines, int width) {
    int widest = 1;
    for (String each : lines) {
      widest =
          Math.max(
              widest, getTextSize(each, FONT_HERSHEY_SIMPLEX, 1, 1, new IntPointer(1L)).width());
    }
    return (width - 2.0 * GAP) / widest;
  }

  private static Point at(Point2D point, int width, int height) {
    return new Point(
        (int) Math.round(point.getX() * width), (int) Math.round(point.getY() * height));
  }
}
