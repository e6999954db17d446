package io.pneuma.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.TinyRadiographs;
import io.pneuma.config.Recipe;
import io.pneuma.evaluation.Decision;
import io.pneuma.images.Dataset;
import io.pneuma.images.LabelledImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClassesTest {
  @TempDir Path folder;

  private Recipe recipe(String... assignments) throws IOException {
    Path file = folder.resolve("recipe.yaml");
    Files.writeString(file, TinyRadiographs.recipe(folder, "all", "se"));
    return TinyRadiographs.loader(folder).load(file, List.of(assignments)).recipe();
  }

  /** Three classes, of which the validation split has images as given. */
  private static Dataset data(int... validation) {
    List<LabelledImage> images =
        IntStream.of(validation)
            .mapToObj(label -> new LabelledImage(Path.of("a.png"), label, "a", "0"))
            .toList();
    return new Dataset(
        List.of("Covid 19", "healthy", "viral"), images, images, List.of(), List.of(), List.of());
  }

  private static String refusal(Recipe recipe, Dataset data) {
    return assertThrows(TrainingException.class, () -> Classes.decision(recipe, data)).getMessage();
  }

  @Test
  void theOneOfTheRecipeIsScored() throws IOException {
    assertEquals(
        Decision.at(0), Classes.decision(recipe("data.positiveClass=Covid 19"), data(0, 1, 2)));
    assertEquals(
        Decision.at(2), Classes.decision(recipe("data.positiveClass=viral"), data(0, 1, 2)));
  }

  @Test
  void threeClassesCountAlikeWhereNoneIsNamed() throws IOException {
    assertEquals(Decision.amongEqualClasses(), Classes.decision(recipe(), data(0, 1, 2)));
    assertTrue(
        refusal(recipe(), data(0, 1)).startsWith("the validation split has 0 images of viral"));
  }

  @Test
  void thresholdIsForTwoClasses() throws IOException {
    assertEquals(
        "evaluation.threshold = youden is for two classes, and "
            + folder
            + " has 3; with more the greatest probability decides; remove the key",
        refusal(recipe("evaluation.threshold=youden"), data(0, 1, 2)));
  }

  @Test
  void otherNamesOfTwoClassesAreAskedFor() throws IOException {
    Dataset two = data(0, 1);
    Dataset data =
        new Dataset(
            List.of("Covid 19", "healthy"),
            two.train(),
            two.validation(),
            List.of(),
            List.of(),
            List.of());
    assertEquals(
        "data.positiveClass = \"PNEUMONIA\" is no class of "
            + folder
            + "; its classes are Covid 19, healthy; say which of them is set against the rest:"
            + " --set \"data.positiveClass=NAME\"",
        refusal(recipe(), data));
  }

  @Test
  void nameInOtherCaseIsRefusedWithTheOneThereIs() throws IOException {
    String message = refusal(recipe("data.positiveClass=COVID 19"), data(0, 1, 2));
    assertEquals("--set \"data.positiveClass=Covid 19\"", message.replaceFirst(".*: ", ""));
  }

  @Test
  void validationWithoutThePositiveClassIsRefusedWithWhatHelps() throws IOException {
    String what =
        "the validation split has 0 images of viral out of 2, so it cannot choose an epoch; ";
    assertEquals(
        what + "raise data.validation.fraction",
        refusal(recipe("data.positiveClass=viral"), data(0, 1)));
    assertEquals(
        what
            + "put images of it and of others into val/, or set data.validation.fraction, as in 0.1, to"
            + " hold out patients",
        refusal(recipe("data.positiveClass=viral", "data.validation=none"), data(0, 1)));
  }
}
