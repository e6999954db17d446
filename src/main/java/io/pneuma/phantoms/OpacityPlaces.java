package io.pneuma.phantoms;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Where the opacities of phantoms are, in the format of COCO's annotations. */
final class OpacityPlaces {
  private final Path folder;
  private final int size;
  private final List<Map<String, Object>> images = new ArrayList<>();
  private final List<Map<String, Object>> annotations = new ArrayList<>();

  /**
   * Of a folder yet to be drawn.
   *
   * @param size height and width of all images
   */
  OpacityPlaces(Path folder, int size) {
    this.folder = folder;
    this.size = size;
  }

  /** Adds an image; all its opacities count as one region. */
  void add(Path file, boolean[] opaque) {
    int id = images.size() + 1;
    Map<String, Object> image = new LinkedHashMap<>();
    image.put("id", id);
    image.put("file_name", folder.relativize(file).toString().replace('\\', '/'));
    image.put("width", size);
    image.put("height", size);
    images.add(image);
    List<Integer> counts = new ArrayList<>();
    int left = size;
    int right = -1;
    int top = size;
    int bottom = -1;
    int area = 0;
    int run = 0;
    boolean in = false;
    for (int column = 0; column < size; column++) { // COCO's runs go down the columns.
      for (int row = 0; row < size; row++) {
        boolean pixel = opaque[row * size + column];
        if (pixel != in) {
          counts.add(run);
          run = 0;
          in = pixel;
        }
        run++;
        if (pixel) {
          area++;
          left = Math.min(left, column);
          right = Math.max(right, column);
          top = Math.min(top, row);
          bottom = Math.max(bottom, row);
        }
      }
    }
    counts.add(run);
    if (area == 0) {
      return; // Nothing to be seen: the ribs or the dome hide it.
    }
    Map<String, Object> annotation = new LinkedHashMap<>();
    annotation.put("id", id);
    annotation.put("image_id", id);
    annotation.put("category_id", 1);
    annotation.put("bbox", List.of(left, top, right - left + 1, bottom - top + 1));
    annotation.put("area", area);
    annotation.put(
        "segmentation", new TreeMap<>(Map.of("size", List.of(size, size), "counts", counts)));
    annotation.put("iscrowd", 1);
    annotations.add(annotation);
  }

  String json() {
    Map<String, Object> coco = new LinkedHashMap<>();
    coco.put("images", images);
    coco.put("categories", List.of(new TreeMap<>(Map.of("id", 1, "name", "opacity"))));
    coco.put("annotations", annotations);
    try {
      return new ObjectMapper().writeValueAsString(coco) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("plain numbers and texts can be written", e);
    }
  }
}
