package io.pneuma.training;

import io.pneuma.config.Recipe;
import io.pneuma.config.Recipe.Augmentation;
import io.pneuma.features.StoredFeatures;
import io.pneuma.images.ImagePipeline;
import io.pneuma.images.ImageView;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Minibatches of stored features; the epochs take the stored views in turn. */
final class FeatureSource implements BatchSource {
  private final StoredFeatures bank;
  private final int batchSize;
  private final Augmentation augmentation;

  FeatureSource(Recipe recipe, StoredFeatures bank) {
    this.bank = bank;
    this.batchSize = recipe.training().batchSize();
    this.augmentation = recipe.augmentation();
  }

  @Override
  public int viewOf(int epoch) {
    return viewOf(augmentation, epoch);
  }

  static int viewOf(Augmentation augmentation, int epoch) {
    return augmentation.isIdentity() ? ImagePipeline.PLAIN : 1 + epoch % augmentation.views();
  }

  @Override
  public Batches batches(List<ImageView> all) {
    return new Batches() {
      private int next;
      private INDArray[] room = {};
      private int rows;

      @Override
      public boolean hasNext() {
        return next < all.size();
      }

      @Override
      public Batch next() {
        List<ImageView> batch = all.subList(next, Math.min(next + batchSize, all.size()));
        next += batch.size();
        if (rows != batch.size()) {
          rows = batch.size();
          room = bank.room(rows); // Making these arrays takes longer than filling them.
        }
        try {
          bank.read(batch, room);
          return new Batch(room, BatchSource.labels(batch));
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }

      @Override
      public void close() {}
    };
  }
}
