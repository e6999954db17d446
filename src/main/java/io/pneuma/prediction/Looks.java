package io.pneuma.prediction;

import io.pneuma.config.Recipe.Augmentation;
import io.pneuma.images.FixedView;
import java.util.ArrayList;
import java.util.List;

/** How an image is looked at. */
public enum Looks {
  /** As it is. */
  ONE,

  /**
   * As it is and {@value #CLOSER} of its sides alone, from the middle and from each corner; all
   * mirrored, too, where the recipe flips images in training. Nothing is drawn for them.
   * docs/decisions/test-time.md says what that gains, and what it costs.
   */
  SEVERAL;

  private static final double CLOSER = 0.95;

  /** The views, the plain one first. */
  List<FixedView> views(Augmentation training) {
    List<FixedView> views = new ArrayList<>(List.of(FixedView.PLAIN));
    if (this == ONE) {
      return views;
    }
    views.add(new FixedView(CLOSER, 0.5, 0.5, false));
    for (int down : new int[] {0, 1}) {
      for (int across : new int[] {0, 1}) {
        views.add(new FixedView(CLOSER, across, down, false));
      }
    }
    if (training.flipHorizontal() > 0) {
      for (FixedView view : List.copyOf(views)) {
        views.add(new FixedView(view.side(), view.across(), view.down(), true));
      }
    }
    return views;
  }

  /**
   * The probabilities of one image from those of its views: the softmax of the mean of their
   * logits.
   *
   * @param views a view's probabilities of the classes each
   */
  static double[] mean(List<double[]> views) {
    if (views.size() == 1) {
      return views.get(0);
    }
    double[] mean = new double[views.get(0).length];
    for (double[] view : views) {
      for (int k = 0; k < mean.length; k++) {
        mean[k] += Math.log(Math.max(Double.MIN_NORMAL, view[k])) / views.size();
      }
    }
    double sum = 0;
    for (int k = 0; k < mean.length; k++) {
      mean[k] = Math.exp(mean[k]);
      sum += mean[k];
    }
    for (int k = 0; k < mean.length; k++) {
      mean[k] /= sum;
    }
    return mean;
  }
}
