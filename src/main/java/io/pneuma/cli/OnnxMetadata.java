package io.pneuma.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pneuma.config.Recipe;
import io.pneuma.config.Recipe.BackboneSpec;
import io.pneuma.config.WeightsSource;
import io.pneuma.downloads.Source;
import io.pneuma.downloads.Sources;
import io.pneuma.evaluation.OperatingPoint;
import io.pneuma.graphfiles.ModelFile;
import io.pneuma.network.BackboneUnit;
import io.pneuma.run.Manifest;
import io.pneuma.run.RunDirectory;
import io.pneuma.weights.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The texts that go with an exported network, for whoever calls it; docs/onnx.md says which. */
final class OnnxMetadata {
  private static final String UNKNOWN = "unknown";

  private OnnxMetadata() {}

  /**
   * What a caller must know.
   *
   * @param networks the run itself, or the members of the ensemble that it is
   */
  static Map<String, String> of(RunDirectory run, Map<RunDirectory, Recipe> networks, int imageSize)
      throws IOException {
    OperatingPoint point = read(run, run.decision(), OperatingPoint.class);
    Map<String, String> texts = new LinkedHashMap<>();
    texts.put("labels", json(read(run, run.labels(), String[].class)));
    texts.put("positive_class", point.positiveClass() == null ? "" : point.positiveClass());
    texts.put("threshold", String.valueOf(point.threshold()));
    if (point.conformal() != null) {
      texts.put("conformal", json(point.conformal()));
    }
    texts.put("input_layout", "NCHW");
    texts.put("input_colours", "RGB; a grey image three times");
    texts.put("input_range", "[0, 1]");
    texts.put("image_size", String.valueOf(imageSize));
    texts.put(
        "resize",
        "to a square, whatever the sides were: OpenCV's INTER_AREA where a side shrinks, then"
            + " INTER_LINEAR where one grows; on 8 or 16 bits, before dividing by 255 or 65535");
    texts.put("Image.BitmapPixelFormat", "Rgb8"); // ONNX's own words for the same.
    texts.put("Image.ColorSpaceGamma", "SRGB");
    texts.put("Image.NominalPixelRange", "Normalized_0_1");
    texts.put("weights_licence", json(licences(networks)));
    Map<String, String> models = new LinkedHashMap<>();
    for (RunDirectory each : networks.keySet()) {
      models.put(each.root().getFileName().toString(), Digest.sha256(each.model()));
    }
    texts.put(
        "model_sha256", models.size() == 1 ? models.values().iterator().next() : json(models));
    texts.put("pneuma_version", Version.PNEUMA);
    return texts;
  }

  /** What predict reads. */
  private static <T> T read(RunDirectory run, Path name, Class<T> type) throws IOException {
    return run.members().isEmpty()
        ? new ObjectMapper()
            .readValue(ModelFile.readText(run.model(), name.getFileName().toString()), type)
        : run.readJson(name, type);
  }

  /** By backbone, what is known of the weights that its training began with. */
  private static Map<String, String> licences(Map<RunDirectory, Recipe> networks) {
    Map<String, String> licences = new TreeMap<>();
    networks.forEach(
        (run, recipe) -> {
          Map<String, String> hashes =
              Files.exists(run.manifest())
                  ? run.readJson(run.manifest(), Manifest.class).weights()
                  : Map.of();
          List<String> labels = BackboneUnit.labels(recipe);
          for (int i = 0; i < labels.size(); i++) {
            String licence = licence(recipe.backbones().get(i), hashes.get(labels.get(i)));
            licences.merge(labels.get(i), licence, OnnxMetadata::both);
          }
        });
    return licences;
  }

  private static String both(String one, String other) {
    return one.equals(other) ? one : one + ", " + other;
  }

  private static String licence(BackboneSpec backbone, String sha256) {
    if (backbone.isRandom()) {
      return "none: trained from random weights";
    }
    Optional<Source> named =
        backbone.weights() instanceof WeightsSource.Named
            ? Sources.weights(backbone.name(), backbone.weights().toString())
            : Sources.weights().stream()
                .filter(source -> sha256 != null && source.file().isPinned())
                .filter(source -> source.file().sha256().equals(Optional.of(sha256)))
                .findFirst();
    return named.map(Source::licence).orElse(UNKNOWN);
  }

  private static String json(Object value) {
    try {
      return new ObjectMapper().writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(value.toString(), e);
    }
  }
}
