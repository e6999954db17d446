package io.pneuma.features;

import io.pneuma.images.ImageView;
import java.io.IOException;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What frozen backbones have said of images: a bank, or a copy of a part of one. */
public interface StoredFeatures {
  /** Room for the features of so many views: rows x C of each backbone. */
  INDArray[] room(int rows);

  /** Fills {@link #room} with the features of as many views, which must be there. */
  void read(List<ImageView> views, INDArray[] room) throws IOException;
}
