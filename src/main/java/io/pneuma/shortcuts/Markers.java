package io.pneuma.shortcuts;

import static org.bytedeco.opencv.global.opencv_core.CV_32S;
import static org.bytedeco.opencv.global.opencv_imgproc.CC_STAT_AREA;
import static org.bytedeco.opencv.global.opencv_imgproc.CC_STAT_HEIGHT;
import static org.bytedeco.opencv.global.opencv_imgproc.CC_STAT_LEFT;
import static org.bytedeco.opencv.global.opencv_imgproc.CC_STAT_TOP;
import static org.bytedeco.opencv.global.opencv_imgproc.CC_STAT_WIDTH;
import static org.bytedeco.opencv.global.opencv_imgproc.MORPH_RECT;
import static org.bytedeco.opencv.global.opencv_imgproc.MORPH_TOPHAT;
import static org.bytedeco.opencv.global.opencv_imgproc.THRESH_BINARY;
import static org.bytedeco.opencv.global.opencv_imgproc.connectedComponentsWithStats;
import static org.bytedeco.opencv.global.opencv_imgproc.getStructuringElement;
import static org.bytedeco.opencv.global.opencv_imgproc.morphologyEx;
import static org.bytedeco.opencv.global.opencv_imgproc.threshold;

import java.nio.ByteBuffer;
import java.nio.IntBuffer;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Size;

/**
 * Letters and other small bright things near the corners of an image, such as a burnt-in R or L.
 * What is brighter than its surroundings and thin is cut out by a white top-hat (Serra, "Image
 * Analysis and Mathematical Morphology", 1982); of what hangs together that which has the size of a
 * letter counts.
 */
final class Markers {
  private static final int CORNERS = 4;
  private static final int TRAITS = 7;

  /** How many numbers there are. */
  static final int NUMBERS = CORNERS * TRAITS;

  // Shares of the image's side.
  private static final double ZONE = 0.3;
  private static final double STROKE = 0.05;
  private static final double LEAST = 0.025;
  private static final double MOST = 0.13;

  /** How much brighter than its surroundings a letter is, of 255; ribs and edges are less. */
  private static final int CONTRAST = 90;

  private static final int MOST_COUNTED = 4;

  private Markers() {}

  /**
   * For each corner, top left, top right, bottom left, bottom right: how many letters there are, up
   * to {@value #MOST_COUNTED}, and of the largest its place, width and height as shares of the
   * side, how much of its box it fills, and how much brighter than its surroundings it is; 0 where
   * there is none.
   *
   * @param grey a square of 8 bits
   */
  static float[] of(Mat grey) {
    int side = grey.cols();
    int stroke = 2 * (int) Math.round(STROKE * side / 2) + 1;
    Mat bright = new Mat();
    morphologyEx(
        grey, bright, MORPH_TOPHAT, getStructuringElement(MORPH_RECT, new Size(stroke, stroke)));
    Mat mask = new Mat();
    threshold(bright, mask, CONTRAST, 255, THRESH_BINARY);
    Mat labels = new Mat();
    Mat stats = new Mat();
    int count = connectedComponentsWithStats(mask, labels, stats, new Mat(), 8, CV_32S);
    IntBuffer boxes = stats.createBuffer();
    double[] contrast = contrast(labels, bright, count);
    float[] traits = new float[NUMBERS];
    int[] largest = new int[CORNERS];
    for (int component = 1; component < count; component++) {
      int row = component * stats.cols();
      int left = boxes.get(row + CC_STAT_LEFT);
      int top = boxes.get(row + CC_STAT_TOP);
      int width = boxes.get(row + CC_STAT_WIDTH);
      int height = boxes.get(row + CC_STAT_HEIGHT);
      int area = boxes.get(row + CC_STAT_AREA);
      double x = (left + width / 2.0) / side;
      double y = (top + height / 2.0) / side;
      boolean inCorner = Math.min(x, 1 - x) < ZONE && Math.min(y, 1 - y) < ZONE;
      boolean atEdge = left == 0 || top == 0 || left + width == side || top + height == side;
      if (!inCorner || atEdge || !isLetter(width, height, area, side)) {
        continue;
      }
      int corner = (y < 0.5 ? 0 : 2) + (x < 0.5 ? 0 : 1);
      int at = corner * TRAITS;
      traits[at] = Math.min(MOST_COUNTED, traits[at] + 1);
      if (area > largest[corner]) {
        largest[corner] = area;
        traits[at + 1] = (float) x;
        traits[at + 2] = (float) y;
        traits[at + 3] = (float) width / side;
        traits[at + 4] = (float) height / side;
        traits[at + 5] = (float) area / (width * height);
        traits[at + 6] = (float) contrast[component];
      }
    }
    return traits;
  }

  private static boolean isLetter(int width, int height, int area, int side) {
    double fill = (double) area / (width * height);
    return Math.max(width, height) >= LEAST * side
        && Math.max(width, height) <= MOST * side
        && fill > 0.15
        && fill < 0.9;
  }

  /** The mean of the top-hat over each component, from 0 to 1. */
  private static double[] contrast(Mat labels, Mat bright, int count) {
    IntBuffer component = labels.createBuffer();
    ByteBuffer values = bright.createBuffer();
    double[] sums = new double[count];
    int[] pixels = new int[count];
    for (int i = 0; i < component.limit(); i++) {
      sums[component.get(i)] += (values.get(i) & 0xFF) / 255.0;
      pixels[component.get(i)]++;
    }
    for (int i = 0; i < count; i++) {
      sums[i] /= Math.max(1, pixels[i]);
    }
    return sums;
  }
}
