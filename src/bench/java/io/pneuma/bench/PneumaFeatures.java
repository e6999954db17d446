package io.pneuma.bench;

import io.pneuma.inference.Featuriser;
import io.pneuma.network.BackboneUnit;
import io.pneuma.network.FusionNetwork;
import io.pneuma.platform.FeatureWorkers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Features as the feature bank has them computed. */
final class PneumaFeatures implements FeatureTask.Way {
  /** For as long as this process lives. */
  static final FeatureWorkers WORKERS = new FeatureWorkers(Machine.cores());

  private final Featuriser featuriser;
  private final INDArray images;

  private PneumaFeatures(Featuriser featuriser, INDArray images) {
    this.featuriser = featuriser;
    this.images = images;
  }

  /** Arguments: the network or trio, the folder of models. */
  static Task start(List<String> arguments) throws IOException {
    Machine.start();
    INDArray images = images(FeatureTask.IMAGES);
    List<List<Supplier<FeatureTask.Way>>> networks = new ArrayList<>();
    for (Featuriser featuriser : featurisers(arguments.get(0), Path.of(arguments.get(1)))) {
      networks.add(List.of(() -> new PneumaFeatures(featuriser, images)));
    }
    return FeatureTask.of(networks);
  }

  static List<Featuriser> featurisers(String name, Path models) throws IOException {
    FusionNetwork network =
        new FusionNetwork(
            Recipes.frozen(Recipes.networks(name), Recipes.WeightsIn.folder(models), "none"),
            new double[] {1, 1});
    List<Featuriser> featurisers = new ArrayList<>();
    for (BackboneUnit unit : network.backbones()) {
      int size = FeatureTask.SIZE;
      featurisers.add(Featuriser.of(unit.create(), size, size, FeatureTask.IMAGES, WORKERS));
    }
    return featurisers;
  }

  static INDArray images(int count) {
    return Nd4j.createFromArray(Noise.of(5, count * FeatureTask.IMAGE_FLOATS))
        .reshape('c', count, 3, FeatureTask.SIZE, FeatureTask.SIZE);
  }

  @Override
  public String setup() {
    return "batch " + FeatureTask.IMAGES + ", " + Machine.cores() + " threads";
  }

  @Override
  public float[] features() {
    return featuriser.features(images);
  }

  /** A batch is started while the one before it is computed, as the feature bank does. */
  @Override
  public void features(int times) {
    CompletableFuture<float[]> before = featuriser.start(images);
    for (int i = 1; i < times; i++) {
      CompletableFuture<float[]> next = featuriser.start(images);
      FeatureWorkers.await(before);
      before = next;
    }
    FeatureWorkers.await(before);
  }

  @Override
  public boolean isSideBySide() {
    return true;
  }

  @Override
  public void close() {
    featuriser.close();
  }
}
