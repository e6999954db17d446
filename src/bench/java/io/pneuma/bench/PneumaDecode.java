package io.pneuma.bench;

import io.pneuma.images.ImageBatches;
import io.pneuma.images.ImagePipeline;
import io.pneuma.images.ImageView;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;

/** JPEGs to augmented minibatches, as training and the feature bank have them made. */
final class PneumaDecode implements Task {
  /** Images of which a view is compared, and the middle of it that is: no side lacks it. */
  private static final int CHECKED = 8;

  private static final int MIDDLE = 128;

  private final ImagePipeline pipeline =
      new ImagePipeline(FeatureTask.SIZE, Recipes.AUGMENTATION, Recipes.SEED);
  private final List<ImageView> views;

  private PneumaDecode(List<ImageView> views) {
    this.views = views;
  }

  /** Arguments: the folder of JPEGs. */
  static Task start(List<String> arguments) throws IOException {
    Machine.start();
    return new PneumaDecode(Radiographs.views(Radiographs.images(Path.of(arguments.get(0)))));
  }

  @Override
  public String setup() {
    return "batch " + FeatureTask.IMAGES + ", " + Machine.cores() + " threads";
  }

  @Override
  public double[] check() throws IOException {
    double[] middles = new double[CHECKED * MIDDLE * MIDDLE];
    int at = 0;
    int margin = (FeatureTask.SIZE - MIDDLE) / 2;
    for (ImageView view : views.subList(0, CHECKED)) {
      FloatBuffer pixels = FloatBuffer.allocate(pipeline.length());
      pipeline.read(view.image(), view.view(), pixels);
      for (int y = margin; y < margin + MIDDLE; y++) {
        for (int x = margin; x < margin + MIDDLE; x++) {
          middles[at++] = pixels.get(y * FeatureTask.SIZE + x);
        }
      }
    }
    return middles;
  }

  @Override
  public int run() {
    try (ImageBatches batches =
        new ImageBatches(views, pipeline, FeatureTask.IMAGES, Machine.cores())) {
      batches.forEachRemaining(batch -> {});
    }
    return views.size();
  }
}
