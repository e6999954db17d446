package io.pneuma.training;

import io.pneuma.config.Recipe;
import io.pneuma.images.ImageBatch;
import io.pneuma.images.ImageBatches;
import io.pneuma.images.ImagePipeline;
import io.pneuma.images.ImageView;
import io.pneuma.platform.Processor;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Minibatches of images, decoded ahead on threads; each epoch sees a new view of each image. */
final class ImageSource implements BatchSource {
  private final ImagePipeline pipeline;
  private final int batchSize;
  private final boolean augmented;

  ImageSource(Recipe recipe, ImagePipeline pipeline) {
    this.pipeline = pipeline;
    this.batchSize = recipe.training().batchSize();
    this.augmented = !recipe.augmentation().isIdentity();
  }

  @Override
  public int viewOf(int epoch) {
    return augmented ? 1 + epoch : ImagePipeline.PLAIN;
  }

  @Override
  public Batches batches(List<ImageView> views) {
    int threads = Processor.cores();
    ImageBatches images = new ImageBatches(views, pipeline, batchSize, threads);
    return new Batches() {
      @Override
      public boolean hasNext() {
        return images.hasNext();
      }

      @Override
      public Batch next() {
        ImageBatch batch = images.next();
        return new Batch(new INDArray[] {batch.pixels()}, BatchSource.labels(batch.views()));
      }

      @Override
      public void close() {
        images.close();
      }
    };
  }
}
