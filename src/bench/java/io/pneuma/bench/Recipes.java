package io.pneuma.bench;

import io.pneuma.config.Recipe;
import io.pneuma.config.Recipe.AttentionSpec;
import io.pneuma.config.Recipe.Augmentation;
import io.pneuma.config.Recipe.BackboneSpec;
import io.pneuma.config.Recipe.Data;
import io.pneuma.config.Recipe.Evaluation;
import io.pneuma.config.Recipe.Fusion;
import io.pneuma.config.Recipe.Monitor;
import io.pneuma.config.Recipe.OnBadImage;
import io.pneuma.config.Recipe.Regularization;
import io.pneuma.config.Recipe.Sampling;
import io.pneuma.config.Recipe.ThresholdRule;
import io.pneuma.config.Recipe.Training;
import io.pneuma.config.WeightsSource;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/** The recipes that are measured. */
final class Recipes {
  /** The paper's three backbones, in the order in which their features are concatenated. */
  static final List<String> TRIO = List.of("resnet152", "densenet121", "resnet18");

  static final Augmentation AUGMENTATION = new Augmentation(0.9, 10, 0.5, 4);
  static final long SEED = 1;
  static final int HEAD_BATCH = 32;
  static final int FINE_TUNING_BATCH = 16;

  private Recipes() {}

  /** The networks that a name stands for. */
  static List<String> networks(String name) {
    return name.equals("trio") ? TRIO : List.of(name);
  }

  static Recipe frozen(List<String> networks, WeightsIn weights, String attention) {
    return recipe(
        networks, weights, BackboneSpec.FREEZE_ALL, Optional.of(1024), attention, HEAD_BATCH, 1e-4);
  }

  static Recipe fineTuning(String network, WeightsIn weights) {
    return recipe(
        List.of(network),
        weights,
        BackboneSpec.FREEZE_NONE,
        Optional.empty(),
        "none",
        FINE_TUNING_BATCH,
        1e-5);
  }

  /** Where a network's weights are. */
  @FunctionalInterface
  interface WeightsIn {
    WeightsSource of(String network);

    static WeightsIn random() {
      return network -> new WeightsSource.None();
    }

    static WeightsIn folder(Path folder) {
      return network ->
          new WeightsSource.OfFile(
              folder.resolve(network + ".safetensors"), Optional.empty(), false);
    }
  }

  private static Recipe recipe(
      List<String> networks,
      WeightsIn weights,
      String freeze,
      Optional<Integer> embedding,
      String attention,
      int batch,
      double learningRate) {
    return new Recipe(
        SEED,
        new Data(
            Path.of("."),
            FeatureTask.SIZE,
            Optional.empty(),
            Optional.empty(),
            OnBadImage.FAIL,
            Optional.empty(),
            false,
            Optional.empty(),
            Recipe.DicomRule.STRICT),
        AUGMENTATION,
        networks.stream()
            .map(name -> new BackboneSpec(name, weights.of(name), freeze, Optional.empty()))
            .toList(),
        new Fusion(false, embedding, new AttentionSpec(attention, 16, 8)),
        new Training(
            30,
            batch,
            learningRate,
            0,
            Optional.empty(),
            1,
            0,
            false,
            Sampling.NONE,
            Regularization.NONE,
            Optional.empty()),
        new Evaluation(ThresholdRule.HALF, false, OptionalDouble.empty(), Optional.empty(), 1),
        new Monitor(false, "127.0.0.1", 9000, false, Optional.empty()));
  }
}
