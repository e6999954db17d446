package io.pneuma.images;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.partitioningBy;
import static java.util.stream.Collectors.toSet;

import io.pneuma.config.Recipe;
import io.pneuma.config.Recipe.FoldRule;
import io.pneuma.config.Recipe.HoldOutRule;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Cross-validation by patient: every image stands in the test split of one fold, and no patient,
 * nor any image's content, in those of two. A number of folds depends on the seed and on the
 * patients' names alone; the values of an attribute make one fold each, so that each fold is unlike
 * what was learnt from.
 */
public final class Folds {
  /**
   * A fold.
   *
   * @param held the value of the attribute that makes the folds, as in cluster=2; empty where a
   *     number of them is given
   */
  public record Fold(String held, Dataset data) {}

  private final Recipe.Data recipe;
  private final long seed;

  /**
   * Folds by a recipe.
   *
   * @param recipe says how much of the other folds is held out for validation
   */
  public Folds(Recipe.Data recipe, long seed) {
    this.recipe = recipe;
    this.seed = seed;
  }

  /**
   * The images that folds are made of: all but an official {@code test/} folder, which stays
   * unopened.
   */
  public List<LabelledImage> pool(Dataset data) {
    List<LabelledImage> pool = new ArrayList<>(data.train());
    pool.addAll(data.validation());
    if (recipe.test().isPresent()) {
      pool.addAll(data.test());
    }
    return pool;
  }

  /**
   * The data set of each fold: a part of the images as its test split, a share of the other
   * patients for validation, the rest to train on.
   *
   * @throws DatasetException when a class has fewer patients than there are folds, or too few for
   *     validation, or the values of an attribute make no folds
   */
  public List<Fold> of(Dataset data, FoldRule rule) throws IOException {
    double fraction =
        recipe
            .validation()
            .filter(validation -> validation.heldOut() instanceof HoldOutRule.Share)
            .map(validation -> ((HoldOutRule.Share) validation.heldOut()).fraction())
            .orElse(0.1);
    List<Fold> folds = new ArrayList<>();
    for (Part part : parts(pool(data), data, rule)) {
      Set<LabelledImage> held =
          new HoldOut(part.rest)
              .choose(fraction, Hash.seed(seed, "validation of fold", folds.size()), data.labels());
      folds.add(
          new Fold(
              part.value,
              new Dataset(
                  data.labels(),
                  part.rest.stream().filter(image -> !held.contains(image)).toList(),
                  part.rest.stream().filter(held::contains).toList(),
                  part.own,
                  part.warnings(data),
                  data.skipped())));
    }
    return folds;
  }

  /**
   * The data set of each fold, for members of an ensemble: a part of the training and validation
   * images as its validation split, the rest to train on. The test split is every fold's.
   *
   * @throws DatasetException when a class has fewer patients than there are folds, or the values of
   *     an attribute make no folds
   */
  public List<Fold> forTraining(Dataset data, FoldRule rule) throws IOException {
    List<LabelledImage> pool = new ArrayList<>(data.train());
    pool.addAll(data.validation());
    List<Fold> folds = new ArrayList<>();
    for (Part part : parts(pool, data, rule)) {
      folds.add(
          new Fold(
              part.value,
              new Dataset(
                  data.labels(),
                  part.rest,
                  part.own,
                  data.test(),
                  part.warnings(data),
                  data.skipped())));
    }
    return folds;
  }

  /**
   * The images of a fold and all others.
   *
   * @param value of the attribute that makes the folds, or empty
   * @param warning of the attribute
   */
  private record Part(
      String value, List<LabelledImage> own, List<LabelledImage> rest, Optional<String> warning) {

    static Part of(
        String value, List<LabelledImage> pool, Set<LabelledImage> own, Optional<String> warning) {
      Map<Boolean, List<LabelledImage>> sides =
          pool.stream().collect(partitioningBy(own::contains));
      return new Part(value, sides.get(true), sides.get(false), warning);
    }

    List<String> warnings(Dataset data) {
      return Stream.concat(data.warnings().stream(), warning.stream()).toList();
    }
  }

  private List<Part> parts(List<LabelledImage> pool, Dataset data, FoldRule rule)
      throws IOException {
    List<Part> parts = new ArrayList<>();
    if (rule instanceof FoldRule.Values values) {
      String attribute = values.attribute();
      PatientGroups groups =
          new PatientGroups(
              "evaluation.folds = " + attribute,
              attribute,
              data.attributes(recipe),
              pool,
              data.labels());
      groups
          .folds()
          .forEach(
              (value, own) ->
                  parts.add(
                      Part.of(
                          attribute + "=" + value, pool, new HashSet<>(own), groups.warning())));
      return parts;
    }
    int count = ((FoldRule.Count) rule).folds();
    HoldOut units = new HoldOut(pool);
    Map<String, Integer> foldOf = assign(pool, units, data.labels(), count, seed);
    Map<Integer, Set<LabelledImage>> folds =
        pool.stream()
            .collect(groupingBy(image -> foldOf.get(units.unit(image)), TreeMap::new, toSet()));
    folds.values().forEach(own -> parts.add(Part.of("", pool, own, Optional.empty())));
    return parts;
  }

  /**
   * The fold of each image in a cross-validation by patient, from 0.
   *
   * @param most folds; fewer where a class has fewer patients, those who share an image counting as
   *     one
   * @return empty where a class has images of one patient alone
   */
  public static Optional<int[]> ofEach(
      List<LabelledImage> pool, List<String> labels, int most, long seed) throws DatasetException {
    HoldOut units = new HoldOut(pool);
    Map<Integer, Set<String>> patients = new TreeMap<>();
    for (int label = 0; label < labels.size(); label++) {
      patients.put(label, new HashSet<>());
    }
    pool.forEach(image -> patients.get(image.label()).add(units.unit(image)));
    int folds = Math.min(most, patients.values().stream().mapToInt(Set::size).min().orElse(0));
    if (folds < 2) {
      return Optional.empty();
    }
    Map<String, Integer> foldOf = assign(pool, units, labels, folds, seed);
    return Optional.of(pool.stream().mapToInt(image -> foldOf.get(units.unit(image))).toArray());
  }

  /** Patients of each class are dealt out in turn, the rarest class first, to the emptiest fold. */
  static Map<String, Integer> assign(
      List<LabelledImage> pool, HoldOut units, List<String> labels, int folds, long seed)
      throws DatasetException {
    Map<Integer, Set<String>> unitsOfLabel = new TreeMap<>();
    for (LabelledImage image : pool) {
      unitsOfLabel.computeIfAbsent(image.label(), label -> new TreeSet<>()).add(units.unit(image));
    }
    Map<String, Integer> foldOf = new HashMap<>();
    Set<String> seen = new HashSet<>();
    List<Integer> rarestFirst = new ArrayList<>(unitsOfLabel.keySet());
    rarestFirst.sort(Comparator.comparing(label -> unitsOfLabel.get(label).size()));
    for (int label : rarestFirst) {
      List<String> patients =
          new ArrayList<>(unitsOfLabel.get(label).stream().filter(seen::add).toList());
      if (unitsOfLabel.get(label).size() < folds) {
        throw new DatasetException(
            "class %s has %d patients, too few for evaluation.folds = %d"
                .formatted(labels.get(label), unitsOfLabel.get(label).size(), folds));
      }
      patients.sort(
          Comparator.comparing((String patient) -> Hash.seed(seed, "fold", patient))
              .thenComparing(patient -> patient));
      int[] dealt = new int[folds];
      unitsOfLabel.get(label).stream()
          .filter(foldOf::containsKey)
          .forEach(patient -> dealt[foldOf.get(patient)]++);
      for (String patient : patients) {
        int emptiest = 0;
        for (int fold = 1; fold < folds; fold++) {
          emptiest = dealt[fold] < dealt[emptiest] ? fold : emptiest;
        }
        dealt[emptiest]++;
        foldOf.put(patient, emptiest);
      }
    }
    return Collections.unmodifiableMap(foldOf);
  }
}
