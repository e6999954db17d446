package io.pneuma.images;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The patients of some images by their value of an attribute, for hold-outs that imitate a new day
 * or another hospital. Patients who share an image count as one, as in {@link HoldOut}; one whose
 * images have several values has that of most of them, of equally many the first in order.
 */
final class PatientGroups {
  /** Of which folds are made, or which a message lists. */
  private static final int MOST_VALUES = 20;

  private final String key;
  private final String attribute;
  private final List<String> labels;
  private final TreeMap<String, List<LabelledImage>> images = new TreeMap<>();
  private final List<String> mixed = new ArrayList<>();

  /**
   * Groups the patients.
   *
   * @param key the key of the recipe that asks for it, with its value, for messages
   * @throws DatasetException when there is no such attribute, or an image has no value of it, or
   *     all have the same
   */
  PatientGroups(
      String key, String attribute, Attributes known, List<LabelledImage> pool, List<String> labels)
      throws DatasetException {
    this.key = key;
    this.attribute = attribute;
    this.labels = labels;
    if (!known.names().contains(attribute)) {
      throw new DatasetException(
          "%s: data.attributes tells no %s; it tells %s"
              .formatted(key, attribute, String.join(", ", known.names())));
    }
    HoldOut units = new HoldOut(pool);
    Map<String, TreeMap<String, Integer>> counts = new TreeMap<>();
    List<LabelledImage> unknown = new ArrayList<>();
    for (LabelledImage image : pool) {
      String value = known.value(image, attribute);
      if (value.isEmpty()) {
        unknown.add(image);
      } else {
        counts
            .computeIfAbsent(units.unit(image), unit -> new TreeMap<>())
            .merge(value, 1, Integer::sum);
      }
    }
    Map<String, String> valueOf = new HashMap<>();
    counts.forEach((unit, values) -> valueOf.put(unit, most(values)));
    for (LabelledImage image : pool) {
      String value = valueOf.get(units.unit(image));
      if (value != null) {
        images.computeIfAbsent(value, v -> new ArrayList<>()).add(image);
      }
    }
    counts.forEach((unit, values) -> mixed.addAll(values.size() > 1 ? List.of(unit) : List.of()));
    if (!unknown.isEmpty()) {
      throw problem(
          "%d of %d images have no value, such as %s; give each image one"
              .formatted(unknown.size(), pool.size(), unknown.get(0).file()));
    }
    if (images.size() < 2) {
      throw problem("two values are needed at least");
    }
  }

  private static String most(SortedMap<String, Integer> values) {
    String most = values.firstKey();
    for (Map.Entry<String, Integer> value : values.entrySet()) {
      most = value.getValue() > values.get(most) ? value.getKey() : most;
    }
    return most;
  }

  /**
   * All images of the patients of each value, by the values in order.
   *
   * @throws DatasetException when there are too many values for folds, or one has not all classes
   */
  Map<String, List<LabelledImage>> folds() throws DatasetException {
    if (images.size() > MOST_VALUES) {
      throw problem(
          "these are %d values, of %d at most; join some, or give a number of folds"
              .formatted(images.size(), MOST_VALUES));
    }
    for (String value : images.keySet()) {
      of(value);
    }
    return images;
  }

  /**
   * All images of the patients of a value.
   *
   * @throws DatasetException when there are none, or a class has no image among them or no other
   */
  List<LabelledImage> of(String value) throws DatasetException {
    if (!images.containsKey(value)) {
      throw problem("no patient has the value " + value);
    }
    for (int label = 0; label < labels.size(); label++) {
      long all = images.keySet().stream().mapToLong(counter(label)).sum();
      long own = counter(label).applyAsLong(value);
      if (own == 0 || own == all) {
        throw problem(
            "%s of class %s has the value %s; join it with another, or hold out a share of the"
                    .formatted(own == 0 ? "no patient" : "every patient", labels.get(label), value)
                + " patients");
      }
    }
    return images.get(value);
  }

  private ToLongFunction<String> counter(int label) {
    return value -> images.get(value).stream().filter(image -> image.label() == label).count();
  }

  /** What may be said of patients whose images have several values. */
  Optional<String> warning() {
    return mixed.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "%s: patients whose images have several values: %d, such as %s; each counts to the value of most of its images"
                .formatted(key, mixed.size(), mixed.get(0).replaceFirst("patient ", "")));
  }

  private DatasetException problem(String what) {
    String there =
        images.keySet().stream()
            .limit(MOST_VALUES)
            .map(value -> value + " (" + classes(value) + ")")
            .collect(Collectors.joining(", "));
    return new DatasetException(
        "%s: %s. The values of %s are %s%s"
            .formatted(
                key,
                what,
                attribute,
                there,
                images.size() > MOST_VALUES
                    ? " and " + (images.size() - MOST_VALUES) + " more"
                    : ""));
  }

  private String classes(String value) {
    return IntStream.range(0, labels.size())
        .filter(label -> counter(label).applyAsLong(value) > 0)
        .mapToObj(label -> labels.get(label) + " " + counter(label).applyAsLong(value))
        .collect(Collectors.joining(", "));
  }
}
