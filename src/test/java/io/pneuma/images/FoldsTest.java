package io.pneuma.images;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.config.Recipe;
import io.pneuma.config.Recipe.FoldRule;
import io.pneuma.config.Recipe.HoldOutRule;
import io.pneuma.images.Folds.Fold;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FoldsTest {
  private static final FoldRule FIVE = new FoldRule.Count(5);
  private static final List<String> LABELS = List.of("NORMAL", "PNEUMONIA");

  private static Recipe.Data recipe(double testFraction) {
    return new Recipe.Data(
        Path.of("."),
        32,
        Optional.of(new Recipe.Validation(new HoldOutRule.Share(0.2), Recipe.PATIENT)),
        testFraction > 0 ? Optional.of(new HoldOutRule.Share(testFraction)) : Optional.empty(),
        Recipe.OnBadImage.FAIL,
        Optional.empty(),
        false,
        Optional.empty(),
        Recipe.DicomRule.STRICT);
  }

  /** 40 patients with 1 to 4 images; each fourth is well; image 7 of two patients is the same. */
  private static Dataset data() {
    List<LabelledImage> images = new ArrayList<>();
    for (int patient = 0; patient < 40; patient++) {
      for (int image = 0; image <= patient % 4; image++) {
        String name = "p" + patient + "-" + image;
        String hash = name.equals("p7-0") || name.equals("p11-0") ? "same" : name;
        images.add(new LabelledImage(Path.of(name), patient % 4 == 0 ? 0 : 1, "p" + patient, hash));
      }
    }
    List<LabelledImage> test = List.of(new LabelledImage(Path.of("t"), 0, "t", "t"));
    return new Dataset(LABELS, images, List.of(), test, List.of(), List.of());
  }

  private static Set<String> patients(List<LabelledImage> images) {
    Set<String> patients = new HashSet<>();
    images.forEach(image -> patients.add(image.patient()));
    return patients;
  }

  @Test
  void everyImageIsTestedOnceAndNoPatientIsInTwoSplits() throws IOException {
    Dataset data = data();
    Map<LabelledImage, Integer> tested = new HashMap<>();
    for (Fold made : new Folds(recipe(0), 1).of(data, FIVE)) {
      Dataset fold = made.data();
      fold.test().forEach(image -> tested.merge(image, 1, Integer::sum));
      Set<String> train = patients(fold.train());
      Set<String> validation = patients(fold.validation());
      Set<String> test = patients(fold.test());
      assertTrue(train.stream().noneMatch(validation::contains));
      assertTrue(train.stream().noneMatch(test::contains));
      assertTrue(validation.stream().noneMatch(test::contains));
      assertEquals(
          data.train().size(), fold.train().size() + fold.validation().size() + fold.test().size());
      assertEquals(test.contains("p7"), test.contains("p11"), "they share an image");
      long well = fold.test().stream().filter(image -> image.label() == 0).count();
      assertEquals(2, well, "10 well patients of one image each over 5 folds");
    }
    assertEquals(new HashSet<>(data.train()), tested.keySet());
    assertTrue(tested.values().stream().allMatch(times -> times == 1));
  }

  @Test
  void membersShareTheTestSplitAndEachImageIsChosenByOnce() throws IOException {
    Dataset data = data();
    Map<LabelledImage, Integer> chosen = new HashMap<>();
    for (Fold made : new Folds(recipe(0.15), 1).forTraining(data, new FoldRule.Count(4))) {
      Dataset fold = made.data();
      fold.validation().forEach(image -> chosen.merge(image, 1, Integer::sum));
      assertEquals(data.test(), fold.test());
      assertTrue(patients(fold.train()).stream().noneMatch(patients(fold.validation())::contains));
      assertEquals(data.train().size(), fold.train().size() + fold.validation().size());
    }
    assertEquals(new HashSet<>(data.train()), chosen.keySet());
    assertTrue(chosen.values().stream().allMatch(times -> times == 1));
  }

  @Test
  void theSeedDecidesAndTheOrderDoesNot() throws IOException {
    Dataset data = data();
    List<LabelledImage> turned = new ArrayList<>(data.train());
    Collections.reverse(turned);
    Dataset other = new Dataset(LABELS, turned, List.of(), data.test(), List.of(), List.of());
    for (int fold = 0; fold < 5; fold++) {
      assertEquals(
          patients(new Folds(recipe(0), 1).of(data, FIVE).get(fold).data().test()),
          patients(new Folds(recipe(0), 1).of(other, FIVE).get(fold).data().test()));
    }
    assertTrue(
        !patients(new Folds(recipe(0), 1).of(data, FIVE).get(0).data().test())
            .equals(patients(new Folds(recipe(0), 2).of(data, FIVE).get(0).data().test())));
  }

  @Test
  void anOfficialTestFolderStaysUnopened() {
    LabelledImage official = data().test().get(0);
    assertTrue(!new Folds(recipe(0), 1).pool(data()).contains(official));
    assertTrue(new Folds(recipe(0.15), 1).pool(data()).contains(official));
  }

  @Test
  void tooFewPatientsAreNamed() {
    DatasetException failure =
        assertThrows(
            DatasetException.class,
            () -> new Folds(recipe(0), 1).of(data(), new FoldRule.Count(12)));
    assertEquals(
        "class NORMAL has 10 patients, too few for evaluation.folds = 12", failure.getMessage());
  }
}
