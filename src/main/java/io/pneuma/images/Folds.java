package io.pneuma.images;

import io.pneuma.config.Recipe;
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

/**
 * Cross-validation by patient: every image stands in the test split of one fold, and no patient,
 * nor any image's content, in those of two. The folds depend on the seed and on the patients' names
 * alone.
 */
public final class Folds {
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
    if (recipe.testFraction() > 0) {
      pool.addAll(data.test());
    }
    return pool;
  }

  /**
   * The data set of each fold: a part of the images as its test split, a share of the other
   * patients for validation, the rest to train on.
   *
   * @throws DatasetException when a class has fewer patients than there are folds, or too few for
   *     validation
   */
  public List<Dataset> of(Dataset data, int folds) throws DatasetException {
    List<LabelledImage> pool = pool(data);
    HoldOut units = new HoldOut(pool);
    Map<String, Integer> foldOf = assign(pool, units, data.labels(), folds, seed);
    double fraction = recipe.validation().map(Recipe.Validation::fraction).orElse(0.1);
    List<Dataset> datasets = new ArrayList<>();
    for (int fold = 0; fold < folds; fold++) {
      int own = fold;
      List<LabelledImage> test =
          pool.stream().filter(image -> foldOf.get(units.unit(image)) == own).toList();
      List<LabelledImage> rest =
          pool.stream().filter(image -> foldOf.get(units.unit(image)) != own).toList();
      Set<LabelledImage> held =
          new HoldOut(rest)
              .choose(fraction, Hash.seed(seed, "validation of fold", fold), data.labels());
      datasets.add(
          new Dataset(
              data.labels(),
              rest.stream().filter(image -> !held.contains(image)).toList(),
              rest.stream().filter(held::contains).toList(),
              test,
              List.of(),
              data.skipped()));
    }
    return datasets;
  }

  /**
   * The data set of each fold, for members of an ensemble: a part of the training and validation
   * images as its validation split, the rest to train on. The test split is every fold's.
   *
   * @throws DatasetException when a class has fewer patients than there are folds
   */
  public List<Dataset> forTraining(Dataset data, int folds) throws DatasetException {
    List<LabelledImage> pool = new ArrayList<>(data.train());
    pool.addAll(data.validation());
    HoldOut units = new HoldOut(pool);
    Map<String, Integer> foldOf = assign(pool, units, data.labels(), folds, seed);
    List<Dataset> datasets = new ArrayList<>();
    for (int fold = 0; fold < folds; fold++) {
      int own = fold;
      datasets.add(
          new Dataset(
              data.labels(),
              pool.stream().filter(image -> foldOf.get(units.unit(image)) != own).toList(),
              pool.stream().filter(image -> foldOf.get(units.unit(image)) == own).toList(),
              data.test(),
              data.warnings(),
              data.skipped()));
    }
    return datasets;
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
