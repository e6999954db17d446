package io.pneuma.explain;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.JsonNode;
import io.pneuma.images.LabelledImage;
import io.pneuma.run.Json;
import io.pneuma.run.RunException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where findings are known to be: {@code places.json} in the folder of the images, in the format of
 * COCO's annotations. {@code file_name} is the path below that folder, with slashes. A finding is
 * its {@code segmentation} where that is an uncompressed run-length code, else its {@code bbox}.
 */
final class Places {
  /** The name of the file. */
  static final String FILE = "places.json";

  private final Path folder;
  private final Map<String, Region> regions = new HashMap<>();

  /** The pixels of an image that show a finding, row by row. */
  @SuppressWarnings("ArrayRecordComponent") // A carrier, never compared.
  record Region(int height, int width, boolean[] inside) {
    /** Its share of the image. */
    double share() {
      int count = 0;
      for (boolean pixel : inside) {
        count += pixel ? 1 : 0;
      }
      return (double) count / inside.length;
    }

    /** The share that it holds of what speaks for a class; NaN where nothing does. */
    double shareOf(Heatmap map) {
      Heatmap large = map.resized(height, width).positive();
      double all = 0;
      double in = 0;
      for (int i = 0; i < inside.length; i++) {
        all += large.values()[i];
        in += inside[i] ? large.values()[i] : 0;
      }
      return in / all;
    }
  }

  @JsonIgnoreProperties(ignoreUnknown = true)
  private record Image(long id, String file_name, int width, int height) {}

  @JsonIgnoreProperties(ignoreUnknown = true)
  private record Annotation(long image_id, List<Double> bbox, JsonNode segmentation) {}

  @JsonIgnoreProperties(ignoreUnknown = true)
  private record Coco(List<Image> images, List<Annotation> annotations) {}

  private Places(Path folder) {
    this.folder = folder;
  }

  /**
   * Reads the places of a folder, of which there may be none.
   *
   * @throws RunException when the file is no such JSON
   */
  static Places of(Path folder) {
    Places places = new Places(folder);
    Path file = folder.resolve(FILE);
    if (Files.exists(file)) {
      places.read(file);
    }
    return places;
  }

  private void read(Path file) {
    Coco coco;
    try {
      coco = Json.read(file.toString(), text(file), Coco.class);
    } catch (RunException e) {
      throw new RunException(
          e.getMessage().lines().findFirst().orElse("")
              + "; expected COCO's images and annotations; mend it, or take it away");
    }
    if (coco.images == null || coco.annotations == null) {
      throw new RunException(
          file + ": has no images and annotations; expected COCO's format, or no such file");
    }
    Map<Long, Image> images = new HashMap<>();
    coco.images.forEach(image -> images.put(image.id, image));
    for (Annotation annotation : coco.annotations) {
      Image image = images.get(annotation.image_id);
      if (image == null || image.width <= 0 || image.height <= 0) {
        throw new RunException(
            file
                + ": an annotation is of image_id "
                + annotation.image_id
                + ", which is not among images with a width and a height");
      }
      Region region =
          regions.computeIfAbsent(
              image.file_name,
              name ->
                  new Region(image.height, image.width, new boolean[image.height * image.width]));
      mark(annotation, region, file);
    }
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new RunException(file + ": cannot be read: " + e.getMessage(), e);
    }
  }

  private static void mark(Annotation annotation, Region region, Path file) {
    JsonNode code = annotation.segmentation;
    if (code != null && code.path("counts").isArray()) {
      List<Integer> counts = new ArrayList<>();
      code.get("counts").forEach(count -> counts.add(count.asInt()));
      if (counts.stream().mapToInt(Integer::intValue).sum() != region.inside.length) {
        throw new RunException(
            file
                + ": the counts of a segmentation of image_id "
                + annotation.image_id
                + " do not add up to width x height");
      }
      markRuns(counts, region);
      return;
    }
    List<Double> box = annotation.bbox;
    if (box == null || box.size() != 4) {
      throw new RunException(
          file
              + ": an annotation of image_id "
              + annotation.image_id
              + " has neither a run-length segmentation nor a bbox of x, y, width, height");
    }
    for (int row = 0; row < region.height; row++) {
      for (int column = 0; column < region.width; column++) {
        boolean in =
            column + 0.5 >= box.get(0)
                && column + 0.5 <= box.get(0) + box.get(2)
                && row + 0.5 >= box.get(1)
                && row + 0.5 <= box.get(1) + box.get(3);
        region.inside[row * region.width + column] |= in;
      }
    }
  }

  /** Runs outside and inside in turn, down one column after the other. */
  private static void markRuns(List<Integer> counts, Region region) {
    int at = 0;
    boolean in = false;
    for (int count : counts) {
      for (int i = 0; i < count; i++, at++) {
        int row = at % region.height;
        int column = at / region.height;
        region.inside[row * region.width + column] |= in;
      }
      in = !in;
    }
  }

  /** That there is a file of places, but none of these images; empty where there are some. */
  Optional<String> stray(List<LabelledImage> validation) {
    Path file = folder.resolve(FILE);
    boolean known =
        validation.stream()
            .anyMatch(image -> in(image.file()).filter(it -> it.share() > 0).isPresent());
    return known || !Files.exists(file)
        ? Optional.empty()
        : Optional.of(
            file
                + ": tells no place of any validation image, so that maps were not checked by it; a"
                + " file_name is the path below "
                + folder
                + ", as in "
                + below(validation.get(0).file()));
  }

  /** An image's path below the folder, with slashes. */
  private String below(Path image) {
    return folder.relativize(image).toString().replace('\\', '/');
  }

  /** Where the finding of an image is; empty where it is not known. */
  Optional<Region> in(Path image) {
    return Optional.ofNullable(regions.get(below(image)));
  }
}
