package io.pneuma.audit;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Size;
import org.bytedeco.opencv.opencv_objdetect.HOGDescriptor;

/**
 * Features that need no weights: histograms of oriented gradients (Dalal and Triggs, "Histograms of
 * oriented gradients for human detection", 2005) of a picture's tile, in cells of 8 pixels.
 */
final class Outlines {
  private static final Size WINDOW = new Size(Look.TILE, Look.TILE);
  private static final int BINS = 9;

  private Outlines() {}

  /** 1,764 numbers of a tile. */
  @SuppressWarnings("unchecked") // PointerScope's empty list of classes is a generic array.
  static float[] of(byte[] tile) {
    PointerScope scope = new PointerScope();
    try {
      Mat grey = new Mat(Look.TILE, Look.TILE, opencv_core.CV_8U);
      grey.<ByteBuffer>createBuffer().put(tile);
      HOGDescriptor hog =
          new HOGDescriptor(WINDOW, new Size(16, 16), new Size(8, 8), new Size(8, 8), BINS);
      FloatPointer numbers = new FloatPointer();
      hog.compute(grey, numbers);
      float[] outlines = new float[(int) numbers.limit()];
      FloatBuffer values = numbers.asBuffer();
      values.get(outlines);
      return outlines;
    } finally {
      scope.close();
    }
  }
}
