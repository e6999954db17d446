package io.pneuma.features;

import io.pneuma.images.ImageView;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.concurrency.AffinityManager;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** One backbone's features of fixed and of augmented views. */
record Shelf(int width, FeatureFile plain, FeatureFile augmented) {
  FeatureFile of(ImageView view) {
    return view.isFixed() ? plain : augmented;
  }

  boolean has(ImageView view) {
    return of(view).contains(view.image().sha256(), view.view());
  }

  /** As {@link StoredFeatures#room} says. */
  static INDArray[] room(List<Shelf> shelves, int rows) {
    return shelves.stream()
        .map(shelf -> Nd4j.createUninitialized(DataType.FLOAT, rows, shelf.width))
        .toArray(INDArray[]::new);
  }

  /** As {@link StoredFeatures#read} says. */
  static void read(List<Shelf> shelves, List<ImageView> views, INDArray[] room) throws IOException {
    for (int i = 0; i < room.length; i++) {
      Shelf shelf = shelves.get(i);
      ByteBuffer rows = room[i].data().asNio();
      for (ImageView view : views) {
        shelf.of(view).read(view.image().sha256(), view.view(), rows);
      }
      Nd4j.getAffinityManager().tagLocation(room[i], AffinityManager.Location.HOST);
    }
  }
}
