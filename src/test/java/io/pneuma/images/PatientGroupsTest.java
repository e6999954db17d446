package io.pneuma.images;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.config.Recipe;
import io.pneuma.config.Recipe.AttributeSource;
import io.pneuma.config.Recipe.FoldRule;
import io.pneuma.config.Recipe.HoldOutRule;
import io.pneuma.config.Recipe.HoldOutRule.Where;
import io.pneuma.config.Recipe.OnBadImage;
import io.pneuma.config.Recipe.Validation;
import io.pneuma.images.Folds.Fold;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Hold-outs and folds by an attribute. */
class PatientGroupsTest {
  private static final FoldRule BY_DAY = new FoldRule.Values("day");

  @TempDir private Path folder;
  private final TreeMap<String, String> days = new TreeMap<>();
  private int drawn;

  /** Three days of six patients, three of each class, with two images each. */
  @BeforeEach
  void write() throws IOException {
    for (int patient = 0; patient < 18; patient++) {
      String day = List.of("Monday", "Tuesday", "a=b").get(patient % 3);
      for (int image = 0; image < 2; image++) {
        add(patient % 2 == 0 ? "A" : "B", "person%d_%d.png".formatted(patient, image), day);
      }
    }
  }

  private void add(String label, String name, String day) throws IOException {
    TestImages.png(folder.resolve("images").resolve(label).resolve(name), ++drawn);
    days.put(label + "/" + name, day);
  }

  private Recipe.Data recipe(Optional<HoldOutRule> validation, Optional<HoldOutRule> test)
      throws IOException {
    StringBuilder table = new StringBuilder("file,day,sex\n");
    days.forEach((file, day) -> table.append("%s,%s,F%n".formatted(file, day)));
    Path known = Files.writeString(folder.resolve("known.csv"), table);
    return new Recipe.Data(
        folder.resolve("images"),
        TestImages.SIDE,
        Optional.of(new Validation(validation.orElse(new HoldOutRule.Share(0.3)), Recipe.PATIENT)),
        test,
        OnBadImage.FAIL,
        Optional.empty(),
        false,
        Optional.of(new AttributeSource.Table(known)),
        Recipe.DicomRule.STRICT);
  }

  private Dataset load(String validation, String test) throws IOException {
    return Dataset.load(
        recipe(
            Optional.ofNullable(validation).map(day -> new Where("day", day)),
            Optional.ofNullable(test).map(day -> new Where("day", day))),
        1,
        checked -> {});
  }

  private String refusal(String test) {
    return assertThrows(DatasetException.class, () -> load(null, test)).getMessage();
  }

  private List<Fold> folds() throws IOException {
    Recipe.Data recipe = recipe(Optional.empty(), Optional.empty());
    return new Folds(recipe, 1).forTraining(Dataset.load(recipe, 1, checked -> {}), BY_DAY);
  }

  private String foldsRefused() {
    return assertThrows(DatasetException.class, this::folds).getMessage();
  }

  private Set<String> daysOf(List<LabelledImage> images) {
    TreeSet<String> of = new TreeSet<>();
    for (LabelledImage image : images) {
      of.add(days.get(folder.resolve("images").relativize(image.file()).toString()));
    }
    return of;
  }

  private static Set<String> patients(List<LabelledImage> images) {
    TreeSet<String> of = new TreeSet<>();
    images.forEach(image -> of.add(image.patient()));
    return of;
  }

  @Test
  void allPatientsOfAValueAreHeldOut() throws IOException {
    Dataset data = load("Monday", "a=b");
    assertEquals(new TreeSet<>(List.of("Tuesday")), daysOf(data.train()));
    assertEquals(new TreeSet<>(List.of("Monday")), daysOf(data.validation()));
    assertEquals(new TreeSet<>(List.of("a=b")), daysOf(data.test()));
    assertEquals(12, data.test().size());
    assertEquals(List.of(), data.warnings());
  }

  @Test
  void eachValueIsLeftOutOnce() throws IOException {
    List<Fold> folds = folds();
    List<LabelledImage> held = new ArrayList<>();
    List<String> names = new ArrayList<>();
    for (Fold fold : folds) {
      names.add(fold.held());
      held.addAll(fold.data().validation());
      assertEquals(1, daysOf(fold.data().validation()).size());
      assertEquals(2, daysOf(fold.data().train()).size());
      assertEquals(36, fold.data().train().size() + fold.data().validation().size());
    }
    assertEquals(List.of("day=Monday", "day=Tuesday", "day=a=b"), names);
    assertEquals(36, held.stream().distinct().count());
    assertEquals(36, held.size());
  }

  @Test
  void eachValueIsTestedOnceWithValidationOfOtherPatients() throws IOException {
    Recipe.Data recipe = recipe(Optional.empty(), Optional.of(new HoldOutRule.Share(0.2)));
    Dataset data = Dataset.load(recipe, 1, checked -> {});
    List<LabelledImage> tested = new ArrayList<>();
    for (Fold fold : new Folds(recipe, 1).of(data, BY_DAY)) {
      tested.addAll(fold.data().test());
      assertEquals(1, daysOf(fold.data().test()).size());
      assertEquals(8, fold.data().validation().size()); // 2 of 6 patients of each class.
      Set<String> both = patients(fold.data().train());
      both.retainAll(patients(fold.data().validation()));
      assertEquals(new TreeSet<>(), both);
    }
    tested.sort(Comparator.comparing(LabelledImage::file));
    assertEquals(36, tested.size());
    assertEquals(36, tested.stream().distinct().count());
  }

  @Test
  void patientsOfSeveralValuesStayTogetherAndAreCounted() throws IOException {
    add("A", "person0_2.png", "Tuesday"); // Monday twice.
    add("B", "person1_2.png", "Monday");
    add("B", "person1_3.png", "Monday"); // Tuesday twice: as many.
    Path equal = folder.resolve("images/A/person2_0.png");
    Files.copy(equal, folder.resolve("images/A/person6_2.png")); // a=b and Monday become one.
    days.put("A/person6_2.png", "Monday");
    for (Fold fold : folds()) {
      Set<String> held = patients(fold.data().validation());
      Set<String> both = patients(fold.data().train());
      both.retainAll(held);
      assertEquals(new TreeSet<>(), both);
      boolean monday = fold.held().equals("day=Monday");
      assertEquals(monday, held.contains("person0"));
      assertEquals(monday, held.contains("person1"), "ties: the first in order");
      assertEquals(held.contains("person2"), held.contains("person6"), "they share an image");
      assertEquals(monday, held.contains("person6"), "three of five images");
      assertTrue(
          fold.data()
              .warnings()
              .contains(
                  "evaluation.folds = day: patients whose images have several values: 3, such as"
                      + " person0; each counts to the value of most of its images"),
          fold.data().warnings().toString());
    }
    assertTrue(
        load(null, "Monday").warnings().toString().contains("day=Monday: patients whose images"));
  }

  @Test
  void whatCannotBeHeldOutIsSaidWithWhatThereIs() throws IOException {
    String there = " The values of day are Monday (A 6, B 6), Tuesday (A 6, B 6), a=b (A 6, B 6)";
    assertEquals(
        "data.test.where = day=Sunday: no patient has the value Sunday." + there,
        refusal("Sunday"));
    Recipe.Data sunday =
        recipe(Optional.of(new Where("age", "7")), Optional.of(new Where("day", "Monday")));
    assertEquals(
        "data.validation.where = age=7: data.attributes tells no age; it tells day, sex",
        assertThrows(DatasetException.class, () -> Dataset.load(sunday, 1, checked -> {}))
            .getMessage());
    Recipe.Data bySex = recipe(Optional.empty(), Optional.of(new Where("sex", "F")));
    assertEquals(
        "data.test.where = sex=F: two values are needed at least. The values of sex are F (A 18, B"
            + " 18)",
        assertThrows(DatasetException.class, () -> Dataset.load(bySex, 1, checked -> {}))
            .getMessage());
    add("A", "person90_0.png", "");
    assertEquals(
        "evaluation.folds = day: 1 of 37 images have no value, such as "
            + folder.resolve("images/A/person90_0.png")
            + "; give each image one."
            + there,
        foldsRefused());
  }

  @Test
  void aValueWithoutAClassAndTooManyValuesAreRefused() throws IOException {
    add("A", "person90_0.png", "Sunday");
    String there =
        " The values of day are Monday (A 6, B 6), Sunday (A 1), Tuesday (A 6, B 6), a=b (A 6, B"
            + " 6)";
    String message =
        ": no patient of class B has the value Sunday; join it with another, or hold out a share of"
            + " the patients."
            + there;
    assertEquals("evaluation.folds = day" + message, foldsRefused());
    assertEquals("data.test.where = day=Sunday" + message, refusal("Sunday"));
    for (int patient = 100; patient < 120; patient++) {
      add("A", "person" + patient + "_0.png", "day" + patient);
    }
    String many = foldsRefused();
    assertTrue(
        many.startsWith(
            "evaluation.folds = day: these are 24 values, of 20 at most; join some, or give a number"
                + " of folds. The values of day are Monday"),
        many);
    assertTrue(many.endsWith(" and 4 more"), many);
  }

  @Test
  void aClassThatOnlyTheHeldOutHaveIsRefused() throws IOException {
    for (int patient = 0; patient < 18; patient++) {
      if (patient % 3 != 0 && patient % 2 == 0) {
        for (int image = 0; image < 2; image++) {
          String name = "A/person%d_%d.png".formatted(patient, image);
          Files.delete(folder.resolve("images").resolve(name));
          days.remove(name);
        }
      }
    }
    String refused = refusal("Monday");
    assertTrue(refused.contains(": every patient of class A has the value Monday; join"), refused);
  }
}
