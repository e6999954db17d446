package io.pneuma.training;

import io.pneuma.config.ConfigException;
import io.pneuma.config.Recipe;
import io.pneuma.network.BackboneUnit;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Refuses to train on single images where a backbone that learns has maps of one pixel: batch
 * normalisation sees one value a channel there, and gives its bias whatever the image is.
 */
final class BatchOfOne {
  private final Recipe recipe;
  private final List<BackboneUnit> backbones;

  BatchOfOne(Recipe recipe, List<BackboneUnit> backbones) {
    this.recipe = recipe;
    this.backbones = backbones;
  }

  /** Refuses a recipe whose every minibatch is one image. */
  void refuseEvery() {
    if (batchSize() == 1) {
      fault()
          .ifPresent(
              fault -> {
                throw new ConfigException(
                    "training.batchSize = 1: "
                        + fault.why()
                        + "; take a batchSize of 2 or more"
                        + " (16 is usual), "
                        + fault.otherRemedies());
              });
    }
  }

  /** Refuses a number of training images of which one is left over for the last minibatch. */
  void refuseLast(int images) {
    if (batchSize() > 1 && images % batchSize() == 1) {
      fault()
          .ifPresent(
              fault -> {
                throw new ConfigException(
                    "training.batchSize = "
                        + batchSize()
                        + ": of "
                        + images
                        + " training images one is left over for the last batch of each epoch, and "
                        + fault.why()
                        + "; take training.batchSize = "
                        + better(images)
                        + ", "
                        + fault.otherRemedies());
              });
    }
  }

  private int batchSize() {
    return recipe.training().batchSize();
  }

  /**
   * The nearest that leaves no single image over, rather a smaller one, which needs less memory.
   */
  private int better(int images) {
    return IntStream.concat(
            IntStream.iterate(batchSize() - 1, size -> size > 1, size -> size - 1),
            IntStream.rangeClosed(batchSize() + 1, images))
        .filter(size -> images % size != 1)
        .findFirst()
        .orElseThrow();
  }

  private record Fault(String label, String layer, int imageSize, int enough) {
    String why() {
      return "at data.imageSize = "
          + imageSize
          + " the maps at "
          + layer
          + " of "
          + label
          + " are 1 x 1, where batch normalisation sees one value a channel of a single image and"
          + " gives its bias whatever the image is";
    }

    String otherRemedies() {
      return "a data.imageSize of " + enough + " or more, or freeze: all for " + label;
    }
  }

  private Optional<Fault> fault() {
    int size = recipe.data().imageSize();
    for (BackboneUnit backbone : backbones) {
      Optional<String> layer = backbone.normOfOnePixel(size);
      if (layer.isPresent()) {
        int enough =
            IntStream.iterate(size + 1, larger -> larger + 1)
                .filter(l -> backbones.stream().allMatch(b -> b.normOfOnePixel(l).isEmpty()))
                .findFirst()
                .getAsInt();
        return Optional.of(new Fault(backbone.label(), layer.get(), size, enough));
      }
    }
    return Optional.empty();
  }
}
