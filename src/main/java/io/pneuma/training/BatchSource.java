package io.pneuma.training;

import io.pneuma.images.ImageView;
import io.pneuma.images.LabelledImage;
import java.util.List;

/** Where a graph's minibatches come from. */
interface BatchSource {
  /** The minibatches of these views in their order, the last one smaller. */
  Batches batches(List<ImageView> views);

  /** The view in which every training image is shown in an epoch, counted from 0. */
  int viewOf(int epoch);

  /** Minibatches in a row, each good until the next; to be closed when no more are wanted. */
  interface Batches extends AutoCloseable {
    boolean hasNext();

    Batch next();

    @Override
    void close();
  }

  /** The labels of these views. */
  static int[] labels(List<ImageView> views) {
    return views.stream().map(ImageView::image).mapToInt(LabelledImage::label).toArray();
  }
}
