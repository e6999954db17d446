package io.pneuma.images;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Views and their pixels.
 *
 * @param views in the order of the rows of {@code pixels}
 * @param pixels n x 3 x S x S floats in [0,1], RGB, in 'c' order and in no workspace
 */
public record ImageBatch(List<ImageView> views, INDArray pixels) {
  /** Copies the list, so that a batch never changes. */
  public ImageBatch {
    views = List.copyOf(views);
  }
}
