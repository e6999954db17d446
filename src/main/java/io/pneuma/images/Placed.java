package io.pneuma.images;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * An image in its split, for finding what splits have in common.
 *
 * @param path below the folder
 * @param patient empty when the patient rule does not match the name
 */
record Placed(Split split, String className, String path, Optional<String> patient, String sha256) {

  /** The patients with images in more than one split, by name. */
  static List<String> patientsInTwoSplits(List<Placed> images) {
    Map<String, Set<Split>> splits = new TreeMap<>();
    for (Placed image : images) {
      image
          .patient()
          .ifPresent(
              patient ->
                  splits
                      .computeIfAbsent(patient, p -> EnumSet.noneOf(Split.class))
                      .add(image.split()));
    }
    return splits.keySet().stream().filter(patient -> splits.get(patient).size() > 1).toList();
  }

  /** Groups of two and more images of equal bytes, in the order of the images. */
  static Collection<List<Placed>> duplicates(List<Placed> images) {
    Map<String, List<Placed>> byContent = new LinkedHashMap<>();
    for (Placed image : images) {
      byContent.computeIfAbsent(image.sha256(), content -> new ArrayList<>()).add(image);
    }
    return byContent.values().stream().filter(group -> group.size() > 1).toList();
  }
}
