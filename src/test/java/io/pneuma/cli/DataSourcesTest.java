package io.pneuma.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pneuma.TinyRadiographs;
import io.pneuma.archives.Npz;
import io.pneuma.run.RunDirectory;
import io.pneuma.run.Splits;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What may stand for a folder of images, from the command line. */
class DataSourcesTest {
  @TempDir private static Path folder;
  private static Path images;
  private static Path recipe;
  private static Path run;

  @BeforeAll
  static void train() throws IOException {
    assumeTrue(System.getenv("PNEUMA_CACHE") != null, "needs PNEUMA_CACHE, which the build sets");
    images = folder.resolve("images");
    TinyRadiographs.write(images, 8);
    recipe = folder.resolve("recipe.yaml");
    Files.writeString(recipe, TinyRadiographs.recipe(images, "all", "se"));
    run = train("first");
  }

  private static Path train(String name, String... changes) {
    List<Object> words = new ArrayList<>(List.of("train", recipe, "--run", folder.resolve(name)));
    List.of(changes).forEach(change -> words.addAll(List.of("--set", change)));
    words.addAll(List.of("--set", "training.epochs=2"));
    CliResult trained = CliResult.of(words.toArray());
    assertEquals(0, trained.exitCode(), trained.err());
    return folder.resolve(name);
  }

  private static String text(Path run, String file) throws IOException {
    return Files.readString(run.resolve(file));
  }

  @Test
  void theSplitOfARunTrainsTheSameAgain() throws IOException {
    Path again = train("again", "data.folder=" + run.resolve("split.csv"), "data.validation=none");
    assertEquals(text(run, "split.csv"), text(again, "split.csv"));
    assertEquals(text(run, "predictions.csv"), text(again, "predictions.csv"));
    CliResult measured = CliResult.of("evaluate", "--run", again, "--data", again + "/split.csv");
    assertEquals(0, measured.exitCode(), measured.err());
    assertTrue(measured.err().contains("was opened 2 times"), measured.err());
    assertTrue(measured.out().matches("(?s).*\\nn +8\\n.*"), measured.out());
    CliResult adapted =
        CliResult.of("adapt", "--run", run, "--data", run + "/split.csv", "--to", folder + "/new");
    assertTrue(adapted.err().contains("32 images are seen"), adapted.err());
  }

  @Test
  void columnsOfATableHoldOutAndMakeSubgroups() throws IOException {
    StringBuilder table = new StringBuilder("path,label,patient,hospital\n");
    for (Splits.Row row : Splits.read(RunDirectory.open(run))) {
      int patient = Integer.parseInt(row.patient().substring("person".length()));
      table.append(
          "%s,%s,p%d,%s\n"
              .formatted(
                  images.getParent().relativize(Path.of(row.file())),
                  row.label(),
                  patient,
                  List.of("North", "South", "East").get(patient % 3)));
    }
    Files.writeString(folder.resolve("labels.csv"), table);
    Path held =
        train(
            "held",
            "data.folder=" + folder.resolve("labels.csv"),
            "data.test={where: hospital=North}");
    for (Splits.Row row : Splits.read(RunDirectory.open(held))) {
      assertEquals(row.split().equals("test"), row.attributes().get("hospital").equals("North"));
      assertTrue(row.patient().matches("p\\d+"), row.patient());
    }
    assertTrue(text(held, "metrics.json").contains("\"hospital\""));
  }

  @Test
  void aZipOfClassFoldersIsUnpackedOnceAndAnswersAsTheFolder() throws IOException {
    Path zip = folder.resolve("images.zip");
    try (OutputStream out = Files.newOutputStream(zip);
        ZipOutputStream packed = new ZipOutputStream(out)) {
      for (Splits.Row row : Splits.read(RunDirectory.open(run))) {
        Path file = Path.of(row.file());
        packed.putNextEntry(
            new ZipEntry("all/" + images.relativize(file).toString().replace('\\', '/')));
        packed.write(Files.readAllBytes(file));
        packed.closeEntry();
      }
    }
    CliResult checked = CliResult.of("data", "check", zip);
    assertEquals(0, checked.exitCode(), checked.out() + checked.err());
    assertTrue(checked.err().contains("unpacking images.zip"), checked.err());
    CliResult measured = CliResult.of("evaluate", "--run", run, "--data", zip);
    assertEquals(0, measured.exitCode(), measured.err());
    assertTrue(!measured.err().contains("unpacking"), measured.err());
    String own = CliResult.of("evaluate", "--run", run).out();
    assertEquals(own.replaceFirst("test", "data"), measured.out());
    Object[] plan = {"train", recipe, "--set", "data.folder=" + zip, "--dry-run"};
    CliResult planned = CliResult.of(plan);
    assertEquals(0, planned.exitCode(), planned.err());
    assertTrue(planned.out().matches("(?s).*all +16 +8 +8\\n.*"), planned.out());
  }

  @Test
  void pneumoniaMnistIsChecked() throws IOException {
    Path npz = folder.resolve("pneumoniamnist.npz");
    byte[] pixels = new byte[2 * 28 * 28];
    pixels[0] = 77;
    Npz.write(
        npz,
        Map.of(
            "train_images", Npz.array("|u1", "2, 28, 28", pixels),
            "train_labels", Npz.array("|u1", "2, 1", new byte[] {0, 1})));
    CliResult checked = CliResult.of("data", "check", npz);
    assertEquals(1, checked.exitCode(), checked.err());
    assertTrue(checked.out().matches("(?s).*images +NORMAL +PNEUMONIA +all\\n.*"), checked.out());
    assertTrue(checked.out().contains("Patients: unknown"), checked.out());
  }

  @Test
  void whatIsNoSourceIsRefused() throws IOException {
    Path text = Files.writeString(folder.resolve("images.txt"), "none");
    CliResult refused = CliResult.of("data", "check", text);
    assertEquals(1, refused.exitCode(), refused.err());
    assertTrue(refused.err().contains("a table of images as .csv"), refused.err());
    String absent = folder.resolve("absent.zip").toString();
    refused = CliResult.of("train", recipe, "--set", "data.folder=" + absent);
    assertTrue(refused.err().contains("absent.zip: there is no such file"), refused.err());
    refused = CliResult.of("train", recipe, "--set", "data.folder=" + run.resolve("split.csv"));
    assertTrue(refused.err().contains("say --set data.validation=none"), refused.err());
  }
}
