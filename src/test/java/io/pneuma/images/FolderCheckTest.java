package io.pneuma.images;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.config.Recipe;
import io.pneuma.config.Recipe.DicomRule;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FolderCheckTest {
  @TempDir private Path folder;

  private FolderCheck check() throws IOException {
    return FolderCheck.of(folder, PatientRule.of(Recipe.PATIENT), DicomRule.STRICT, checked -> {});
  }

  private static void assertLines(FolderCheck check, String... lines) {
    String report = check.report(false);
    for (String line : lines) {
      assertTrue(
          report.lines().anyMatch(line::equals), () -> "no line \"" + line + "\" in\n" + report);
    }
  }

  @Test
  void aGoodFolderIsClean() throws IOException {
    TestImages.png(folder.resolve("train/NORMAL/person1_1.png"), 1);
    TestImages.png(folder.resolve("train/PNEUMONIA/person2_1.png"), 2);
    TestImages.png(folder.resolve("train/PNEUMONIA/person2_2.png"), 3);
    TestImages.png(folder.resolve("test/NORMAL/person3_1.png"), 4);

    FolderCheck check = check();

    assertTrue(check.clean());
    assertLines(
        check,
        "images        NORMAL  PNEUMONIA     all",
        "train              1          2       3",
        "test               1          0       1",
        "width       least 16, median 16, most 16",
        "size        16 x 16 (4)",
        "channels    colour (4)",
        "bit depth   8 bit (4)",
        "Patients: 3",
        "Nothing to mend.");
  }

  @Test
  void everyFindingIsListed() throws IOException {
    TestImages.png(folder.resolve("train/A/person1_1.png"), 1);
    TestImages.png(folder.resolve("train/B/person2_1.png"), 1);
    TestImages.png(folder.resolve("test/A/person1_2.png"), 2);
    BufferedImage grey = new BufferedImage(20, 40, BufferedImage.TYPE_USHORT_GRAY);
    Files.write(folder.resolve("train/B/scan.png"), TestImages.encode(grey, "png"));
    Path bad = Files.writeString(folder.resolve("train/B/notes.txt"), "text");
    Path empty = Files.createDirectories(folder.resolve("test/B"));
    Path unused = Files.createDirectories(folder.resolve("more"));

    FolderCheck check = check();

    assertFalse(check.clean());
    assertLines(
        check,
        "width       least 16, median 16, most 20",
        "height      least 16, median 16, most 40",
        "size        16 x 16 (3), 20 x 40 (1)",
        "channels    colour (3), grey (1)",
        "bit depth   8 bit (3), 16 bit (1)",
        "! Classes without an image: 1",
        "  " + empty,
        "! Files that cannot be read: 1",
        "  " + bad + ": is no whole JPEG, PNG, GIF, BMP, TIFF, WebP, PNM or DICOM image",
        "! Groups of files with equal content: 1",
        "  train/A/person1_1.png = train/B/person2_1.png",
        "Patients: 2",
        "! and 1 images whose names the built-in patient rule does not match",
        "! Patients with images in more than one split: 1",
        "  person1",
        "Folders that are not used: 1",
        "  " + unused,
        "5 findings to mend, marked with !");
  }

  @Test
  void dimImagesGetARemark() throws IOException {
    for (int patient = 1; patient <= 4; patient++) {
      int brightest = patient == 1 ? 0x0F0F0F : 0x101010;
      Path file = folder.resolve((patient < 3 ? "A" : "B") + "/person" + patient + "_1.png");
      Files.createDirectories(file.getParent());
      BufferedImage image = TestImages.plain(0);
      image.setRGB(patient, 0, brightest);
      Files.write(file, TestImages.encode(image, "png"));
    }

    assertTrue(check().clean());
    assertLines(check(), "For your attention, " + InspectedFile.DIM + ": 1", "  A/person1_1.png");
    List<String> warnings =
        Dataset.load(TestImages.data(folder, 0.5, 0, Recipe.OnBadImage.FAIL), 1, checked -> {})
            .warnings();
    assertTrue(warnings.contains(InspectedFile.DIM + ": 1, such as A/person1_1.png"));
  }

  @Test
  void aRuleThatMatchesNothingIsSaidPlainly() throws IOException {
    TestImages.png(folder.resolve("A/1.png"), 1);
    TestImages.png(folder.resolve("B/2.png"), 2);

    assertTrue(
        check()
            .report(false)
            .contains("Patients: unknown, since the built-in patient rule matches no"));
  }

  @Test
  void imagesWithoutClassFoldersAreSaidToLieThere() throws IOException {
    TestImages.png(folder.resolve("1.png"), 1);

    assertFalse(check().clean());
    assertTrue(check().report(false).contains("1 files lie in it directly, 1 of them images"));
  }

  @Test
  void whatNoRecipeCanTrainOnIsNamed() throws IOException {
    TestImages.png(folder.resolve("Training/A/person1_1.png"), 1);
    TestImages.png(folder.resolve("val/A/person2_1.png"), 2);
    assertTrue(check().report(false).contains("Training is not used; call it train"));

    Files.move(folder.resolve("Training"), folder.resolve("train"));
    assertTrue(check().report(false).contains("there is one class only, A"));
  }

  @Test
  void classesThatDifferInCaseAloneAreNamed() throws IOException {
    TestImages.png(folder.resolve("Normal/person1_1.png"), 1);
    TestImages.png(folder.resolve("NORMAL/person2_1.png"), 2);

    assertFalse(check().clean());
    assertLines(check(), "! Classes that differ in case or spaces alone: 1", "  NORMAL, Normal");
  }

  @Test
  void aFolderWithoutImagesIsReportedAndAMissingOneRefused() throws IOException {
    assertFalse(check().clean());
    assertTrue(check().report(false).contains("! " + folder + ": there are no images in class"));

    Path missing = folder.resolve("none");
    assertThrows(
        DatasetException.class,
        () ->
            FolderCheck.of(
                missing, PatientRule.of(Recipe.PATIENT), DicomRule.STRICT, checked -> {}));
  }
}
