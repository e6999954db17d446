package io.pneuma.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pneuma.AnotherScanner;
import io.pneuma.TinyRadiographs;
import io.pneuma.run.Predictions;
import io.pneuma.run.RunDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntUnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Hold-outs and folds by an attribute, from the command line. */
class HoldOutsTest {
  private static final List<String> LABELS = List.of("NORMAL", "PNEUMONIA");
  private static final int PATIENTS = 32;

  @TempDir static Path folder;
  private static Path recipe;
  private static Path table;

  @BeforeAll
  static void draw() throws IOException {
    TinyRadiographs.write(folder.resolve("images"), PATIENTS / 2);
    table = folder.resolve("days.csv");
    write(patient -> patient % 3);
    recipe = folder.resolve("recipe.yaml");
    String text = TinyRadiographs.recipe(folder.resolve("images/train"), "all", "se");
    Files.writeString(recipe, text.replace("data:\n", "data:\n  attributes: days.csv\n"));
  }

  private static void write(IntUnaryOperator day) throws IOException {
    StringBuilder rows = new StringBuilder("file,day\n");
    for (int patient = 1; patient <= PATIENTS; patient++) {
      for (int image = 0; image < 2; image++) {
        rows.append("person%d_tiny_%d.png,%d\n".formatted(patient, image, day.applyAsInt(patient)));
      }
    }
    Files.writeString(table, rows);
  }

  private static CliResult verb(String verb, Path run, String... changes) {
    Stream<Object> words = Stream.of(verb, recipe, "--run", run, "--set", "training.epochs=1");
    Stream<Object> sets = Stream.of(changes).flatMap(change -> Stream.of("--set", change));
    return CliResult.of(Stream.concat(words, sets).toArray());
  }

  private static Set<Integer> days(RunDirectory run, String split) {
    return Predictions.read(run, LABELS).stream()
        .filter(row -> row.split().equals(split))
        .map(row -> Integer.parseInt(row.file().replaceAll(".*person(\\d+)_.*", "$1")) % 3)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void eachMemberIsChosenByTheValueThatItDidNotSee() throws IOException {
    Path run = folder.resolve("members");
    CliResult trained = verb("train", run, "evaluation.folds=day", "data.test={where: day=2}");
    assertEquals(0, trained.exitCode(), trained.err());
    assertTrue(trained.err().contains("member 2 of 2: fold-2, without day=1"), trained.err());
    RunDirectory ensemble = RunDirectory.open(run);
    for (int fold = 0; fold < 2; fold++) {
      RunDirectory member = ensemble.members().get(fold);
      assertEquals(Set.of(fold), days(member, "validation"));
      assertEquals(Set.of(2), days(member, "test"));
    }
    JsonNode metrics = new ObjectMapper().readTree(ensemble.metrics().toFile());
    assertTrue(metrics.at("/splits/validation").toString().contains("\"day\""), "subgroups");
    CliResult measured = CliResult.of("evaluate", "--run", run);
    assertEquals(0, measured.exitCode(), measured.err());
    assertFalse(measured.err().contains("were trained on"), measured.err());
    CliResult verified = CliResult.of("verify", run.resolve("report.html"), "--retrain");
    assertEquals(0, verified.exitCode(), verified.out() + verified.err());
  }

  @Test
  void aPlanCountsTheValues() {
    Object[] words = {"train", recipe, "--dry-run", "--set", "evaluation.folds=day"};
    CliResult planned = CliResult.of(words);
    assertEquals(0, planned.exitCode(), planned.err());
    assertTrue(planned.out().contains("training 3 networks"), planned.out());
    words[0] = "reproduce";
    planned = CliResult.of(words);
    assertEquals(0, planned.exitCode(), planned.err());
    assertTrue(planned.out().contains("18 heads"), planned.out());
  }

  @Test
  void aChangedTableDoesNotGoOn() throws IOException {
    Path run = folder.resolve("train");
    Path cells = folder.resolve("reproduce");
    assertEquals(0, verb("train", run, "evaluation.folds=day").exitCode());
    CliResult made = verb("reproduce", cells, "evaluation.folds=day");
    assertEquals(0, made.exitCode(), made.err());
    assertTrue(made.err().contains("6 networks, 3 folds, 1 seeds: 18 heads"), made.err());

    FileUtils.deleteDirectory(run.resolve("members/fold-3").toFile());
    Files.delete(run.resolve("metrics.json"));
    Files.delete(cells.resolve("cells").resolve(cell(cells)));
    write(patient -> patient / 2 % 3);
    try {
      CliResult refused = CliResult.of("train", "--resume", "--run", run);
      assertEquals(2, refused.exitCode(), refused.err());
      assertTrue(
          refused.err().contains("fold-1: was trained on another fold than data.attributes makes"),
          refused.err());
      refused = CliResult.of("reproduce", "--resume", "--run", cells);
      assertEquals(2, refused.exitCode(), refused.err());
      assertTrue(refused.err().contains("was trained on another fold than this"), refused.err());
    } finally {
      write(patient -> patient % 3);
    }
    CliResult resumed = CliResult.of("train", "--resume", "--run", run);
    assertEquals(0, resumed.exitCode(), resumed.err());
    resumed = CliResult.of("reproduce", "--resume", "--run", cells);
    assertEquals(0, resumed.exitCode(), resumed.err());
  }

  private static String cell(Path run) throws IOException {
    try (Stream<Path> cells = Files.list(run.resolve("cells"))) {
      return cells.map(cell -> cell.getFileName().toString()).sorted().findFirst().orElseThrow();
    }
  }

  @Test
  void whatMakesNoFoldsLeavesNothingBehind() {
    Path run = folder.resolve("none");
    CliResult refused = verb("train", run, "evaluation.folds=dya");
    assertEquals(1, refused.exitCode());
    assertTrue(
        refused
            .err()
            .contains("evaluation.folds = dya: data.attributes tells no dya; it tells day"),
        refused.err());
    assertFalse(Files.exists(run));
  }

  @Test
  void clustersOfAFolderMakeFolds() throws IOException {
    Path images = folder.resolve("scanned");
    TinyRadiographs.write(images, PATIENTS / 2);
    new AnotherScanner(0.5, 0.3, 0)
        .retake(
            images,
            folder.resolve("dull"),
            file -> file.getFileName().toString().matches("person\\d*[02468]_.*"));
    Path csv = folder.resolve("clusters.csv");
    CliResult made =
        CliResult.of("data", "clusters", images, "--out", csv, "--clusters", 2, "--by", "traits");
    assertEquals(0, made.exitCode(), made.err());
    assertTrue(made.out().startsWith("cluster  NORMAL  PNEUMONIA  patients  width"), made.out());
    List<String> lines = Files.readAllLines(csv);
    assertEquals("file,cluster,shortcut", lines.get(0));
    assertEquals(1 + 48, lines.size(), "test/ is left out");
    assertTrue(
        lines.get(1).matches("train/NORMAL/person10_tiny_0.png,[12],(agrees|contradicts)"),
        lines.get(1));
    CliResult planned =
        CliResult.of(
            "train",
            recipe,
            "--dry-run",
            "--set",
            "data.folder=" + images,
            "--set",
            "data.attributes=" + csv,
            "--set",
            "evaluation.folds=cluster");
    assertEquals(0, planned.exitCode(), planned.err());
    assertTrue(planned.out().contains("training 2 networks"), planned.out());
    CliResult all =
        CliResult.of("data", "clusters", images, "--out", csv, "--clusters", 2, "--with-test");
    assertEquals(0, all.exitCode(), all.err());
    assertEquals(1 + 64, Files.readAllLines(csv).size());
    assertTrue(all.err().contains(" images of NORMAL, too few to measure by"), all.err());
  }

  @Test
  void whatCannotBeClusteredIsRefused() {
    Path csv = folder.resolve("no.csv");
    refused("--clusters 7: expected a number from 2 to 6", csv, "--clusters", 7);
    refused("--by grey: expected features or traits", csv, "--by", "grey");
    refused(": expected a name that ends in .csv", folder.resolve("no.txt"));
    assertFalse(Files.exists(csv));
  }

  private static void refused(String message, Path csv, Object... more) {
    Stream<Object> words = Stream.of("data", "clusters", folder.resolve("images"), "--out", csv);
    CliResult result = CliResult.of(Stream.concat(words, Stream.of(more)).toArray());
    assertEquals(2, result.exitCode());
    assertTrue(result.err().contains(message), result.err());
  }
}
