package io.pneuma.bench;

import io.pneuma.bench.Recipes.WeightsIn;
import io.pneuma.features.FeatureBank;
import io.pneuma.images.ImagePipeline;
import io.pneuma.images.ImageView;
import io.pneuma.network.BackboneUnit;
import io.pneuma.network.FusionNetwork;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Minibatches of the trio's stored features, read back as training reads them. */
final class PneumaBank implements Task {
  private final FeatureBank bank;
  private final List<ImageView> views;

  private PneumaBank(FeatureBank bank, List<ImageView> views) {
    this.bank = bank;
    this.views = views;
  }

  /** Arguments: the folder of models, the folder of JPEGs, the folder of the bank. */
  static PneumaBank open(List<String> arguments) throws IOException {
    Machine.start();
    FusionNetwork network =
        new FusionNetwork(
            Recipes.frozen(Recipes.TRIO, WeightsIn.folder(Path.of(arguments.get(0))), "none"),
            new double[] {1, 1});
    List<ComputationGraph> backbones = new ArrayList<>();
    for (BackboneUnit unit : network.backbones()) {
      backbones.add(unit.create());
    }
    ImagePipeline pipeline =
        new ImagePipeline(FeatureTask.SIZE, Recipes.AUGMENTATION, Recipes.SEED);
    FeatureBank bank =
        FeatureBank.open(
            Path.of(arguments.get(2)),
            network.backbones(),
            FeatureTask.SIZE,
            pipeline,
            Machine.cores());
    List<ImageView> views = Radiographs.views(Radiographs.images(Path.of(arguments.get(1))));
    bank.fill(views, backbones, done -> {});
    Collections.shuffle(views, new Random(Recipes.SEED));
    return new PneumaBank(bank, views);
  }

  @Override
  public double[] check() {
    return new double[0]; // No peer has a bank.
  }

  /** An item is a view with the features of all three networks. */
  @Override
  public int run() throws IOException {
    INDArray[] room = bank.room(Recipes.HEAD_BATCH);
    for (int at = 0; at < views.size(); at += Recipes.HEAD_BATCH) {
      List<ImageView> batch = views.subList(at, Math.min(views.size(), at + Recipes.HEAD_BATCH));
      bank.read(batch, batch.size() < Recipes.HEAD_BATCH ? bank.room(batch.size()) : room);
    }
    return views.size();
  }

  @Override
  public void close() {
    try {
      bank.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
