package io.pneuma.images;

import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Holds out a share of the patients of each class.
 *
 * <p>Images of one patient stay together, and so do images of equal content, whatever patients
 * their names say: patients who share an image count as one. The choice depends on the seed and on
 * the patients' names alone, not on the order of the files or where they stand.
 */
final class HoldOut {
  private final Map<String, String> parents = new HashMap<>();
  private final List<LabelledImage> images;

  HoldOut(List<LabelledImage> images) {
    this.images = images;
    for (LabelledImage image : images) {
      join("patient " + image.patient(), "same bytes " + image.sha256());
    }
  }

  /**
   * The images that are held out.
   *
   * @param fraction share of the patients of each class, rounded, at least one
   * @param seed of this choice
   * @throws DatasetException when a class has not enough patients for both sides
   */
  Set<LabelledImage> choose(double fraction, long seed, List<String> labels)
      throws DatasetException {
    Map<String, Set<Integer>> labelsOfPatient = new HashMap<>();
    for (LabelledImage image : images) {
      labelsOfPatient.computeIfAbsent(unit(image), unit -> new HashSet<>()).add(image.label());
    }
    Map<Integer, Set<String>> patientsOfLabel = new TreeMap<>();
    labelsOfPatient.forEach(
        (patient, of) ->
            of.forEach(
                label ->
                    patientsOfLabel.computeIfAbsent(label, l -> new TreeSet<>()).add(patient)));

    // The rarest class chooses first; who is in several classes is its patient.
    Set<String> held = new HashSet<>();
    Set<String> seen = new HashSet<>();
    List<Integer> rarestFirst =
        patientsOfLabel.keySet().stream()
            .sorted(Comparator.comparing(label -> patientsOfLabel.get(label).size()))
            .toList();
    for (int label : rarestFirst) {
      List<String> patients =
          patientsOfLabel.get(label).stream()
              .filter(seen::add)
              .sorted(
                  Comparator.comparing((String patient) -> Hash.seed(seed, patient))
                      .thenComparing(patient -> patient))
              .toList();
      if (patients.isEmpty()) {
        continue; // All of them went with a rarer class.
      }
      int count = (int) Math.max(1, Math.round(fraction * patients.size()));
      if (count >= patients.size()) {
        throw new DatasetException(
            "class %s has too few patients (%d) to hold out a share of %s; give it more, or change"
                    .formatted(labels.get(label), patients.size(), fraction)
                + " the fraction or data.validation.groupBy");
      }
      held.addAll(patients.subList(0, count));
    }
    return new HashSet<>(images.stream().filter(image -> held.contains(unit(image))).toList());
  }

  /** The name of the patient that this image counts as. */
  String unit(LabelledImage image) {
    return root("patient " + image.patient());
  }

  /** The smaller name becomes the root: a patient's, and the same in any order of joining. */
  private void join(String left, String right) {
    String a = root(left);
    String b = root(right);
    if (a.compareTo(b) < 0) {
      parents.put(b, a);
    } else if (b.compareTo(a) < 0) {
      parents.put(a, b);
    }
  }

  private String root(String name) {
    String at = name;
    while (parents.containsKey(at)) {
      at = parents.get(at);
    }
    return at;
  }
}
