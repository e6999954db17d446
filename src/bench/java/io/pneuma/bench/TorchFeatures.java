package io.pneuma.bench;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Features by libtorch: frozen programs, channels first or last. */
final class TorchFeatures implements FeatureTask.Way {
  private final Torch torch;
  private final String layout;
  private final int batch;
  private final List<NDList> batches = new ArrayList<>();

  private TorchFeatures(Path models, String name, String layout, int batch) {
    this.layout = layout;
    this.batch = batch;
    torch = new Torch(models, name + "." + layout, false);
    float[] images = Noise.of(5, FeatureTask.IMAGES * FeatureTask.IMAGE_FLOATS);
    NDArray all =
        torch
            .manager()
            .create(images, new Shape(FeatureTask.IMAGES, 3, FeatureTask.SIZE, FeatureTask.SIZE));
    for (int at = 0; at < FeatureTask.IMAGES; at += batch) {
      batches.add(new NDList(all.get(at + ":" + (at + batch)).duplicate()));
    }
  }

  /** Arguments: the network or trio, the folder of models. */
  static Task start(List<String> arguments) {
    Path models = Path.of(arguments.get(1));
    List<List<Supplier<FeatureTask.Way>>> networks = new ArrayList<>();
    for (String name : Recipes.networks(arguments.get(0))) {
      List<Supplier<FeatureTask.Way>> ways = new ArrayList<>();
      for (String layout : List.of("nchw", "nhwc")) {
        for (int batch : new int[] {1, 8, 16}) {
          ways.add(() -> new TorchFeatures(models, name, layout, batch));
        }
      }
      networks.add(ways);
    }
    return FeatureTask.of(networks);
  }

  @Override
  public String setup() {
    return "batch " + batch + ", " + layout + ", " + Machine.cores() + " threads";
  }

  @Override
  public float[] features() {
    float[] all = null;
    int at = 0;
    for (NDList images : batches) {
      float[] features = torch.run(images);
      all = all == null ? new float[features.length * batches.size()] : all;
      System.arraycopy(features, 0, all, at, features.length);
      at += features.length;
    }
    return all;
  }

  @Override
  public void close() {
    torch.close();
  }
}
