package io.pneuma.images;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.config.Recipe.OnBadImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class DatasetTest {
  @TempDir private Path folder;
  private int images;

  /** Adds images of the given names, each with a content of its own. */
  private void add(String classFolder, String... names) throws IOException {
    for (String name : names) {
      TestImages.png(folder.resolve(classFolder).resolve(name), ++images);
    }
  }

  private Dataset load(double validation, double test) throws IOException {
    return Dataset.load(
        TestImages.data(folder, validation, test, OnBadImage.FAIL), 1, checked -> {});
  }

  private String refusal(double validation, double test) {
    return assertThrows(DatasetException.class, () -> load(validation, test)).getMessage();
  }

  private static void assertContains(String text, String... parts) {
    for (String part : parts) {
      assertTrue(text.contains(part), () -> "\"" + part + "\" is not in: " + text);
    }
  }

  private static List<String> names(List<LabelledImage> images) {
    return images.stream().map(image -> image.file().getFileName().toString()).toList();
  }

  @Test
  void threeSplitsAreUsedAsTheyAre() throws IOException {
    add("train/A", "person1_1.png", "person1_2.png");
    add("train/B", "person2_1.png");
    add("val/A", "person3_1.png");
    add("val/B", "person4_1.png");
    add("test/A", "person5_1.png");
    add("test/B", "person6_1.png");

    Dataset dataset = load(0, 0);

    assertEquals(List.of("A", "B"), dataset.labels());
    assertEquals(
        List.of("person1_1.png", "person1_2.png", "person2_1.png"), names(dataset.train()));
    assertEquals(List.of(0, 0, 1), dataset.train().stream().map(LabelledImage::label).toList());
    assertEquals(List.of("person3_1.png", "person4_1.png"), names(dataset.validation()));
    assertEquals(List.of("person5_1.png", "person6_1.png"), names(dataset.test()));
    assertEquals("person1", dataset.train().get(0).patient());
    assertEquals(List.of(), dataset.warnings());
  }

  @Test
  void aFlatFolderIsSplit() throws IOException {
    for (int patient = 1; patient <= 10; patient++) {
      add("A", "person" + patient + "_1.png", "person" + patient + "_2.png");
      add("B", "person" + (100 + patient) + "_1.png");
    }

    Dataset dataset = load(0.25, 0.2);

    assertEquals(4 + 2, dataset.test().size()); // 2 of 10 patients of each class
    assertEquals(4 + 2, dataset.validation().size()); // 2 of the 8 left
    assertEquals(12 + 6, dataset.train().size());
    List<String> patients =
        Stream.of(dataset.train(), dataset.validation(), dataset.test())
            .flatMap(split -> split.stream().map(LabelledImage::patient).distinct())
            .toList();
    assertEquals(20, patients.size());
    assertEquals(20, patients.stream().distinct().count());
  }

  @Test
  void validationIsPooledWithTrainBeforeTheSplit() throws IOException {
    for (int patient = 1; patient <= 5; patient++) {
      add("train/A", "person" + patient + "_1.png");
      add("train/B", "person" + (10 + patient) + "_1.png");
      add("val/A", "person" + patient + "_2.png");
      add("val/B", "person" + (10 + patient) + "_2.png");
    }

    Dataset dataset = load(0.2, 0);

    assertEquals(4, dataset.validation().size()); // one patient of each class, with both images
    assertEquals(16, dataset.train().size());
    assertEquals(List.of(), dataset.warnings());
  }

  @Test
  void theListOfLabelsIsOneForAllSplits() throws IOException {
    add("train/A", "person1_1.png");
    add("train/B", "person2_1.png");
    add("train/C", "person3_1.png");
    add("val/C", "person4_1.png");

    Dataset dataset = load(0, 0);

    assertEquals(2, dataset.validation().get(0).label());
  }

  @Test
  void aMissingFolderSaysWhatToDo() throws IOException {
    Path missing = folder.resolve("none");

    String message =
        assertThrows(DatasetException.class, () -> Dataset.count(missing)).getMessage();

    assertContains(message, missing.toString(), "CLASS/image", "./run.sh data phantom " + missing);
  }

  @Test
  void anEmptyFolderSaysWhatToDo() {
    assertContains(
        refusal(0.1, 0), folder.toString(), "no images", "CLASS/image", "./run.sh data phantom");
  }

  @Test
  void everyProblemOfTheLayoutIsReportedAtOnce() throws IOException {
    add("train/A", "person1_1.png");
    Files.createDirectories(folder.resolve("train/B"));
    add("test/C", "person2_1.png");

    assertContains(
        refusal(0, 0.1),
        folder.resolve("train/B") + ": the class has no image",
        "class C is missing in train/",
        "data.validation.fraction",
        "there is a test/ folder");
  }

  @Test
  void oneClassIsNotEnough() throws IOException {
    add("A", "person1_1.png");

    assertContains(refusal(0.5, 0), "one class only, A");
  }

  @Test
  void foldersWithoutTrainAreRefused() throws IOException {
    add("test/A", "person1_1.png");

    assertContains(refusal(0.5, 0), "no train/ folder");
  }

  @Test
  void aClassOfOnePatientCannotBeSplit() throws IOException {
    add("A", "person1_1.png", "person1_2.png");
    add("B", "person2_1.png", "person3_1.png");

    assertContains(refusal(0.5, 0), "class A has too few patients (1)");
  }

  @Test
  void namesWithoutAPatientAreRefusedOnlyWhenASplitNeedsThem() throws IOException {
    add("train/A", "person1_1.png", "scan1.png");
    add("train/B", "scan2.png");
    add("val/A", "scan1.png");
    add("val/B", "scan2.png");

    assertContains(refusal(0.1, 0), "4 of 5 names, such as scan1.png", "groupBy", "(.+)");
    assertContains(String.join("\n", load(0, 0).warnings()), "no patient in 4 names");
  }

  @Test
  void eachImageIsAPatientWhereTheRuleSaysSo() throws IOException {
    add("A", "scan1.png", "scan2.png");
    add("B", "scan3.png", "scan4.png");

    Dataset dataset =
        Dataset.load(TestImages.data(folder, 0.5, 0, OnBadImage.FAIL, "(.+)"), 1, checked -> {});

    assertEquals(2, dataset.validation().size());
  }

  @Test
  void badImagesAreAllListedBeforeAnyWork() throws IOException {
    add("A", "person1_1.png", "person2_1.png");
    add("B", "person3_1.png", "person4_1.png");
    for (int i = 10; i < 22; i++) {
      Files.writeString(folder.resolve("A/person" + i + "_1.png"), "text");
    }

    assertContains(
        refusal(0.5, 0),
        "12 of its files cannot be read",
        "data.onBadImage: skip",
        "person10_1.png: is no whole JPEG",
        "and 2 more");
  }

  @Test
  void badImagesAreSkippedOnDemand() throws IOException {
    add("A", "person1_1.png", "person2_1.png");
    add("B", "person3_1.png", "person4_1.png");
    Path bad = Files.writeString(folder.resolve("A/notes.txt"), "text");

    Dataset dataset =
        Dataset.load(TestImages.data(folder, 0.5, 0, OnBadImage.SKIP), 1, checked -> {});

    assertEquals(List.of(bad), dataset.skipped().stream().map(Unreadable::file).toList());
    assertEquals(4, dataset.train().size() + dataset.validation().size());
  }

  @Test
  void filesOfTheSystemAreIgnored() throws IOException {
    add("A", "person1_1.png", "person2_1.png");
    add("B", "person3_1.png", "person4_1.png");
    for (String name : List.of("Thumbs.db", ".DS_Store", "desktop.ini", "._person1_1.png")) {
      Files.writeString(folder.resolve("A").resolve(name), "text");
    }

    for (String name :
        List.of("lost+found", "System Volume Information", "$RECYCLE.BIN", ".Trash-0")) {
      Files.createDirectories(folder.resolve(name));
    }
    Files.createDirectories(folder.resolve("A/@eaDir"));

    assertEquals(4, Dataset.count(folder));
    assertEquals(List.of("A", "B"), load(0.5, 0).labels());
    assertEquals(List.of(), load(0.5, 0).skipped());
  }

  @Test
  void aRunDirectoryIsNoClass() throws IOException {
    add("A", "person1_1.png", "person2_1.png");
    add("B", "person3_1.png", "person4_1.png");
    Path run = Files.createDirectories(folder.resolve("out"));
    Files.writeString(run.resolve("config.yaml"), "");
    Files.writeString(run.resolve("labels.json"), "");

    assertEquals(List.of("A", "B"), load(0.5, 0).labels());
  }

  @Test
  void splitsOfOtherNamesAreNamedWithTheRightOnes() throws IOException {
    add("Train/A", "person1_1.png");
    add("Train/B", "person2_1.png");
    add("Testing/A", "person3_1.png");
    assertContains(refusal(0.5, 0), "Testing, Train look like splits; call them test, train");

    Files.move(folder.resolve("Train"), folder.resolve("train"));
    Files.move(folder.resolve("Testing"), folder.resolve("valid"));
    assertContains(refusal(0, 0), "valid is not used; call it val");
  }

  @Test
  void aClassMayNotBeCalledAsASplit() throws IOException {
    add("train", "person1_1.png");
    add("bus", "person2_1.png");
    assertContains(
        refusal(0.5, 0),
        folder.resolve("train")
            + ": there are no class folders in it, but 1 files lie in it directly",
        "a class must not be called train");
  }

  @Test
  void whatLiesInAFolderWithoutClassesIsSaid() throws IOException {
    add("", "person1_1.png", "person2_1.png");
    assertContains(refusal(0.5, 0), "2 files lie in it directly, 2 of them images");
    byte[] dicom = new byte[200];
    System.arraycopy("DICM".getBytes(StandardCharsets.US_ASCII), 0, dicom, 128, 4);
    Files.write(folder.resolve("1.dcm"), dicom);
    assertContains(refusal(0.5, 0), "3 files lie in it directly, ");
  }

  @Test
  void aFileIsNoFolder() throws IOException {
    Path zip = Files.writeString(folder.resolve("data.zip"), "PK");
    String message = assertThrows(DatasetException.class, () -> Dataset.count(zip)).getMessage();
    assertContains(message, zip + ": is a file", "such a folder as .zip");
  }

  @Test
  void namesAreComparedInOneNormalisation() throws IOException {
    String composed = "L\u00e9sion";
    String decomposed = "Le\u0301sion";
    add("sain", "person1_1.png", "person2_1.png");
    add(decomposed, "person3_1.png", "person4_1.png");
    assertEquals(List.of(composed, "sain"), load(0.5, 0).labels());

    add(composed, "person5_1.png");
    assertContains(refusal(0.5, 0), "two folders are called " + composed);
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void namesThatAreNoTextAreRefusedByTheirBytes() throws Exception {
    add("A", "person1_1.png");
    add("B", "person2_1.png");
    String make = "mkdir \"$(printf 'caf\\351')\"";
    int made = new ProcessBuilder("sh", "-c", make).directory(folder.toFile()).start().waitFor();
    assertEquals(0, made);
    assertContains(refusal(0.5, 0), "caf%E9", "rename");
  }

  @Test
  void aFolderThatIsALinkToNowhereIsNotPassedOver() throws IOException {
    add("train/A", "person1_1.png", "person2_1.png");
    add("train/B", "person3_1.png", "person4_1.png");
    Files.createSymbolicLink(folder.resolve("test"), Path.of("/nowhere"));
    assertContains(refusal(0.5, 0), folder.resolve("test") + ": is a link that leads nowhere");
    Files.delete(folder.resolve("test"));
    Files.createSymbolicLink(folder.resolve("train/C"), Path.of("/nowhere"));
    assertContains(refusal(0.5, 0), folder.resolve("train/C") + ": is a link that leads nowhere");
  }

  @Test
  void aTestSplitWithoutAClassIsWarnedAbout() throws IOException {
    add("train/A", "person1_1.png", "person2_1.png");
    add("train/B", "person3_1.png", "person4_1.png");
    add("test/A", "person5_1.png");
    assertContains(load(0.5, 0).warnings().toString(), "the test split has no image of B");
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aPipeIsNotWaitedFor() throws Exception {
    add("A", "person1_1.png");
    add("B", "person2_1.png");
    new ProcessBuilder("mkfifo", folder.resolve("A/x.png").toString()).start().waitFor();
    assertContains(refusal(0.5, 0), "x.png: is a pipe, a socket or a device");
  }

  @Test
  void patientsAndImagesInTwoGivenSplitsAreWarnedAbout() throws IOException {
    add("train/A", "person1_1.png", "person2_1.png");
    add("train/B", "person3_1.png", "person4_1.png");
    add("test/A", "person1_9.png");
    add("test/B", "person9_1.png");
    Files.copy(folder.resolve("train/B/person3_1.png"), folder.resolve("test/B/person8_1.png"));

    String warnings = String.join("\n", load(0.5, 0).warnings());

    assertContains(
        warnings,
        "patients with images in more than one split: 1, such as person1",
        "images that stand in more than one split: 1",
        "train/B/person3_1.png = test/B/person8_1.png");
  }

  @Test
  void progressCountsEveryFileOnce() throws IOException {
    add("A", "person1_1.png", "person2_1.png");
    add("B", "person3_1.png", "person4_1.png");
    List<Long> seen = new ArrayList<>();

    Dataset.load(TestImages.data(folder, 0.5, 0, OnBadImage.FAIL), 1, seen::add);

    assertEquals(LongStream.rangeClosed(1, 4).boxed().toList(), seen);
  }

  @Test
  void theHashIsOfContentSplitAndNamesButNotOfThePlace(@TempDir Path other) throws IOException {
    add("train/A", "person1_1.png");
    add("train/B", "person2_1.png");
    add("val/A", "person3_1.png");
    add("val/B", "person4_1.png");
    String hash = load(0, 0).sha256();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path copy = other.resolve(folder.relativize(file));
        Files.createDirectories(copy.getParent());
        Files.copy(file, copy);
      }
    }

    folder = other;
    assertEquals(hash, load(0, 0).sha256());

    Files.move(other.resolve("val/A/person3_1.png"), other.resolve("train/A/person3_1.png"));
    TestImages.png(other.resolve("val/A/person5_1.png"), 99);
    assertFalse(hash.equals(load(0, 0).sha256()));
  }
}
