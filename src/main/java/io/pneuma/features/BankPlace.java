package io.pneuma.features;

import io.pneuma.images.ImagePipeline;
import io.pneuma.images.ImageView;
import io.pneuma.inference.Featuriser;
import io.pneuma.network.BackboneUnit;
import io.pneuma.weights.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The file of one backbone's plain or augmented features, there or not.
 *
 * @param key what the features are valid for
 */
record BankPlace(Path file, String key, int width) {
  private static final String FORMAT = "pneuma features 1";

  static BankPlace plain(Path folder, BackboneUnit backbone, int imageSize, int threads)
      throws IOException {
    return of(folder, backbone, imageSize, ImagePipeline.plainKey(), threads);
  }

  static BankPlace augmented(
      Path folder, BackboneUnit backbone, int imageSize, ImagePipeline pipeline, int threads)
      throws IOException {
    return of(folder, backbone, imageSize, pipeline.augmentationKey(), threads);
  }

  private static BankPlace of(
      Path folder, BackboneUnit backbone, int imageSize, String views, int threads)
      throws IOException {
    String name = backbone.spec().name();
    String key =
        String.join(
            "\n",
            FORMAT,
            "backbone " + name,
            "cut " + backbone.cut() + maps(backbone),
            "layers " + backbone.description(),
            "weights " + backbone.weightsId(),
            "size " + imageSize,
            "engine " + Featuriser.engine(threads),
            views);
    String hash = Digest.sha256(key.getBytes(StandardCharsets.UTF_8)).substring(0, 16);
    return new BankPlace(folder.resolve(name + "-" + hash + ".features"), key, backbone.width());
  }

  private static String maps(BackboneUnit backbone) {
    int side = backbone.mapSide();
    return side == 0 ? "" : "\nmaps " + side + " x " + side;
  }

  /** Opens it, and makes it where it is not there. */
  FeatureFile open() throws IOException {
    return FeatureFile.open(file, key, width);
  }

  /** Those of some views that are not there; nothing is made or changed. */
  List<ImageView> missing(List<ImageView> views) throws IOException {
    Optional<FeatureFile> there = FeatureFile.openToRead(file, key, width);
    if (there.isEmpty()) {
      return views;
    }
    try (FeatureFile features = there.get()) {
      List<ImageView> missing = new ArrayList<>(views);
      missing.removeIf(view -> features.contains(view.image().sha256(), view.view()));
      return missing;
    }
  }
}
