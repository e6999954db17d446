package io.pneuma.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.TinyRadiographs;
import io.pneuma.dicom.TestDicom;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** DICOM where any image may stand; who is on it reaches nothing that is written. */
class DicomImagesTest {
  @TempDir static Path folder;
  private static Path images;
  private static Path run;
  private static CliResult training;

  @BeforeAll
  static void train() throws IOException {
    images = folder.resolve("images");
    for (int patient = 0; patient < 16; patient++) {
      for (int image = 0; image < 2; image++) {
        boolean ill = patient % 2 == 1;
        Path file =
            images.resolve((ill ? "PNEUMONIA/" : "NORMAL/") + patient + "_" + image + ".dcm");
        Files.createDirectories(file.getParent());
        double bright = (ill ? 0.7 : 0.2) + 0.01 * patient + 0.003 * image;
        Files.write(file, TestDicom.file("PLANTED-" + patient, bright));
      }
    }
    Path recipe = folder.resolve("tiny.yaml");
    Files.writeString(recipe, TinyRadiographs.recipe(images, "all", "none"));
    run = folder.resolve("run");
    training =
        CliResult.of(
            "train",
            recipe,
            "--run",
            run,
            "--set",
            "training.epochs=1",
            "--set",
            "data.validation.fraction=0.25",
            "--set",
            "data.test.fraction=0.25");
  }

  private static void assertTellsNobody(String what, String text) {
    for (String planted : TestDicom.PLANTED) {
      assertFalse(text.contains(planted), what + " holds " + planted);
    }
  }

  private static void assertTellsNobody(Path below) throws IOException {
    try (Stream<Path> files = Files.walk(below)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        assertTellsNobody(
            file.toString(), new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
      }
    }
  }

  @Test
  void itIsTrainedOnWithPatientsKeptWhole() throws IOException {
    assertEquals(0, training.exitCode(), training.err());
    Map<String, String> splits = new HashMap<>();
    List<String> rows = Files.readAllLines(run.resolve("split.csv"));
    for (String row : rows.subList(1, rows.size())) {
      String patient = row.replaceFirst(".*(DICOM patient [0-9]+).*", "$1");
      String split = row.replaceFirst(".*(train|validation|test).*", "$1");
      assertTrue(patient.startsWith("DICOM patient "), row);
      assertEquals(split, splits.computeIfAbsent(patient, p -> split), row);
    }
    assertEquals(16, splits.size());
  }

  @Test
  void nobodyIsToldOfByTraining() throws IOException {
    assertTellsNobody("the log", training.out() + training.err());
    assertTellsNobody(run);
  }

  @Test
  void itIsAnsweredExplainedCheckedAndAudited() throws IOException {
    Path out = folder.resolve("explained");
    Path csv = folder.resolve("answers.csv");
    Path page = folder.resolve("audit.html");
    CliResult predict = CliResult.of("predict", "--run", run, images, "--csv", csv);
    CliResult explain =
        CliResult.of(
            "explain",
            "--run",
            run,
            images.resolve("NORMAL/0_0.dcm"),
            "--out",
            out,
            "--show-failed");
    CliResult check = CliResult.of("data", "check", images);
    CliResult audit = CliResult.of("data", "audit", images, "--out", page);
    for (CliResult result : List.of(predict, explain, check, audit)) {
      assertTellsNobody("an answer", result.out() + result.err());
    }
    assertEquals(0, predict.exitCode(), predict.err());
    assertEquals(33, Files.readAllLines(csv).size());
    assertEquals(0, explain.exitCode(), explain.err());
    assertTrue(check.out().contains("Patients: 16"), check.out());
    assertTrue(check.out().contains("DICOM (32)"), check.out());
    assertTellsNobody(csv.toString(), Files.readString(csv));
    assertTellsNobody(page.toString(), Files.readString(page));
    assertTellsNobody(out);
  }

  @Test
  void whatIsNoChestXrayOfOneFrameIsRefusedUnlessToldOtherwise() throws IOException {
    Path abdomen = Files.write(folder.resolve("abdomen.dcm"), TestDicom.ofTheAbdomen());
    Path frames = Files.write(folder.resolve("frames.dcm"), TestDicom.ofTwoFrames());
    CliResult refused = CliResult.of("predict", "--run", run, abdomen, frames);
    assertEquals(1, refused.exitCode());
    assertTrue(refused.out().contains("modality DX and body part ABDOMEN"), refused.out());
    assertTrue(refused.out().contains("2 frames"), refused.out());
    CliResult taken =
        CliResult.of("predict", "--run", run, abdomen, frames, "--any-dicom", "--first-frame");
    assertEquals(0, taken.exitCode(), taken.out());
    CliResult checked = CliResult.of("data", "check", images, "--any-dicom");
    assertTrue(checked.out().contains("Files that cannot be read: none"), checked.out());
  }

  @Test
  void anAnswerInDicomIsWrittenForEachImage() throws IOException {
    Path out = folder.resolve("objects");
    Path one = images.resolve("NORMAL/0_0.dcm");
    Path no = folder.resolve("no.png");
    javax.imageio.ImageIO.write(
        new java.awt.image.BufferedImage(40, 40, java.awt.image.BufferedImage.TYPE_BYTE_GRAY),
        "png",
        no.toFile());
    CliResult result = CliResult.of("predict", "--run", run, one, no, "--dicom-out", out, "--json");
    assertEquals(1, result.exitCode(), result.err());
    assertTrue(result.out().contains("is no DICOM"), result.out());
    assertTrue(result.err().contains("outlines: none"), result.err());
    List<String> kinds;
    try (Stream<Path> files = Files.list(out)) {
      kinds =
          files
              .map(file -> file.getFileName().toString().replaceFirst("0_0-[0-9a-f]{8}", ""))
              .sorted()
              .toList();
    }
    assertEquals(List.of(".sc.dcm", ".sr.dcm"), kinds);
    assertTellsNobody("an answer", result.out() + result.err());
    assertEquals(2, CliResult.of("predict", "--run", run, one, "--dicom-out", one).exitCode());
  }

  @Test
  void aBrokenFileTellsNobody() throws IOException {
    byte[] bytes = TestDicom.file("PLANTED", 0.5);
    for (int cut = 150; cut < bytes.length; cut += 97) {
      Path file = Files.write(folder.resolve("cut.dcm"), java.util.Arrays.copyOf(bytes, cut));
      CliResult result = CliResult.of("data", "check", folder.resolve("cut.dcm"));
      assertTellsNobody("an error", result.out() + result.err());
      Files.delete(file);
    }
  }
}
