package io.pneuma.explain;

import static org.bytedeco.opencv.global.opencv_core.CV_8UC1;
import static org.bytedeco.opencv.global.opencv_imgproc.CHAIN_APPROX_SIMPLE;
import static org.bytedeco.opencv.global.opencv_imgproc.RETR_EXTERNAL;
import static org.bytedeco.opencv.global.opencv_imgproc.approxPolyDP;
import static org.bytedeco.opencv.global.opencv_imgproc.contourArea;
import static org.bytedeco.opencv.global.opencv_imgproc.findContours;

import java.awt.geom.Point2D;
import java.nio.ByteBuffer;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.MatVector;

/**
 * Where a map speaks at least half as much for the class as at its strongest place, as outlines.
 */
public final class Outlines {
  /** Pixels of the side of the square on which outlines are drawn. */
  private static final int SIDE = 512;

  /** Pixels that a point may be left out for. */
  private static final double TOLERANCE = 1.5;

  /** An outline around less than this share of the image is a speck. */
  private static final double LEAST_AREA = 0.001;

  private Outlines() {}

  /**
   * Closed outlines, of points in shares of the image's width and height; none where nothing speaks
   * for the class.
   */
  @SuppressWarnings("unchecked") // PointerScope's empty list of classes is a generic array.
  public static List<List<Point2D>> of(Heatmap map) {
    Heatmap positive = map.positive().resized(SIDE, SIDE);
    float least = (float) (Regions.THRESHOLD * positive.most());
    List<List<Point2D>> outlines = new ArrayList<>();
    if (least <= 0) {
      return outlines;
    }
    PointerScope scope = new PointerScope();
    try {
      Mat mask = new Mat(SIDE, SIDE, CV_8UC1);
      ByteBuffer inside = mask.createBuffer();
      for (float value : positive.values()) {
        inside.put((byte) (value >= least ? 255 : 0));
      }
      MatVector contours = new MatVector();
      findContours(mask, contours, RETR_EXTERNAL, CHAIN_APPROX_SIMPLE);
      for (int i = 0; i < contours.size(); i++) {
        Mat points = new Mat();
        approxPolyDP(contours.get(i), points, TOLERANCE, true);
        if (points.rows() > 2 && contourArea(points) >= LEAST_AREA * SIDE * SIDE) {
          outlines.add(points(points));
        }
      }
    } finally {
      scope.close();
    }
    return outlines;
  }

  private static List<Point2D> points(Mat contour) {
    IntBuffer pairs = contour.createBuffer();
    List<Point2D> points = new ArrayList<>();
    for (int i = 0; i < contour.rows(); i++) {
      points.add(
          new Point2D.Double((pairs.get(2 * i) + 0.5) / SIDE, (pairs.get(2 * i + 1) + 0.5) / SIDE));
    }
    return points;
  }
}
