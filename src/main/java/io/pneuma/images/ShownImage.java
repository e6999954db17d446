package io.pneuma.images;

import static org.bytedeco.opencv.global.opencv_core.CV_16U;
import static org.bytedeco.opencv.global.opencv_core.CV_8U;
import static org.bytedeco.opencv.global.opencv_imgproc.INTER_AREA;
import static org.bytedeco.opencv.global.opencv_imgproc.resize;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Size;

/**
 * An image as people look at it: upright and in its own proportions.
 *
 * @param width of the image itself in pixels
 * @param height of the image itself in pixels
 * @param picture 8 bits, as large or smaller
 */
public record ShownImage(int width, int height, BufferedImage picture) {
  /**
   * Reads an image of any kind that can be decoded.
   *
   * @param longest pixels of the longer side of the picture, at most
   * @throws UnreadableImageException when the file gives no image
   */
  public static ShownImage of(Path file, int longest) throws IOException {
    return of(ImageDecoder.bytes(file), file.toString(), longest);
  }

  /**
   * Reads an image that is in memory.
   *
   * @param longest pixels of the longer side of the picture, at most
   * @throws UnreadableImageException when the bytes give no image
   */
  public static ShownImage of(ImageBytes image, int longest) throws UnreadableImageException {
    return of(image.bytes(), image.name(), longest);
  }

  private static ShownImage of(byte[] bytes, String name, int longest)
      throws UnreadableImageException {
    ShownImage[] shown = new ShownImage[1];
    ImageDecoder.decode(bytes, name, ImageDecoder.WHOLE, pixels -> shown[0] = of(pixels, longest));
    return shown[0];
  }

  private static ShownImage of(Mat pixels, int longest) {
    int width = pixels.cols();
    int height = pixels.rows();
    double scale = Math.min(1, (double) longest / Math.max(width, height));
    Mat small = new Mat();
    int columns = Math.max(1, (int) Math.round(scale * width));
    int rows = Math.max(1, (int) Math.round(scale * height));
    resize(pixels, small, new Size(columns, rows), 0, 0, INTER_AREA);
    if (small.depth() == CV_16U) {
      small.convertTo(small, CV_8U, 1 / 257.0, 0);
    }
    byte[] samples = new byte[columns * rows * small.channels()];
    small.<ByteBuffer>createBuffer().get(samples);
    BufferedImage picture = new BufferedImage(columns, rows, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < columns * rows; i++) {
      int blue = samples[i * small.channels()] & 0xFF;
      int green = small.channels() == 1 ? blue : samples[i * small.channels() + 1] & 0xFF;
      int red = small.channels() == 1 ? blue : samples[i * small.channels() + 2] & 0xFF;
      picture.setRGB(i % columns, i / columns, red << 16 | green << 8 | blue);
    }
    return new ShownImage(width, height, picture);
  }
}
