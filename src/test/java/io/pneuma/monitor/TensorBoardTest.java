package io.pneuma.monitor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pneuma.run.History.Epoch;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The event file by a reader of the test's own, which shares nothing with the writer. */
class TensorBoardTest {
  private static final Map<String, String> RECIPE =
      Map.of(
          "seed", "3", "data.folder", "/home/someone/images", "backbones[0].weights", "/x/w.pth");

  @TempDir private Path folder;
  private final List<String> warnings = new ArrayList<>();

  private static Epoch epoch(int number) {
    Map<String, Double> metrics = new LinkedHashMap<>();
    metrics.put("rocAuc", 0.5 + number / 16.0);
    metrics.put("precision", Double.NaN);
    return new Epoch(number, 1e-3, 1.0 / number, 2.0 / number, metrics, 0.25);
  }

  private static List<Epoch> epochs(int last) {
    return IntStream.rangeClosed(1, last).mapToObj(TensorBoardTest::epoch).toList();
  }

  private TensorBoard follower() {
    return new TensorBoard(folder.resolve("tensorboard"), RECIPE, warnings::add);
  }

  private Path file() throws IOException {
    try (Stream<Path> files = Files.list(folder.resolve("tensorboard"))) {
      List<Path> all = files.toList();
      assertEquals(1, all.size(), all.toString());
      return all.get(0);
    }
  }

  /** As in {@code 2 loss/train 0.5}, in the order of the file. */
  private List<String> scalars() throws IOException {
    List<String> scalars = new ArrayList<>();
    for (byte[] event : TfRecords.of(Files.readAllBytes(file()))) {
      long step = 0;
      List<byte[]> values = new ArrayList<>();
      for (TfRecords.Field field : TfRecords.fields(event)) {
        step = field.number() == 2 ? field.value() : step;
        if (field.number() == 5) {
          TfRecords.fields(field.bytes()).forEach(value -> values.add(value.bytes()));
        }
      }
      for (byte[] value : values) {
        String tag = "";
        for (TfRecords.Field field : TfRecords.fields(value)) {
          tag = field.number() == 1 ? new String(field.bytes(), StandardCharsets.UTF_8) : tag;
          if (field.number() == 2) {
            scalars.add(step + " " + tag + " " + Float.intBitsToFloat((int) field.value()));
          }
        }
      }
    }
    return scalars;
  }

  private static List<String> ofEpoch(int number) {
    return List.of(
        number + " loss/train " + (float) (1.0 / number),
        number + " loss/validation " + (float) (2.0 / number),
        number + " learningRate 0.001",
        number + " validation/rocAuc " + (float) (0.5 + number / 16.0),
        number + " seconds 0.25");
  }

  private static List<String> ofEpochs(int last) {
    return IntStream.rangeClosed(1, last).boxed().flatMap(e -> ofEpoch(e).stream()).toList();
  }

  private void train(int before, int last) {
    try (TensorBoard follower = follower()) {
      follower.begins(epochs(before));
      epochs(last).subList(before, last).forEach(follower::ended);
    }
  }

  @Test
  void aPointOfEachCurveForEachEpoch() throws IOException {
    try (TensorBoard follower = follower()) {
      follower.begins(List.of());
      epochs(3).forEach(follower::ended);
      follower.measured(Map.of("test/rocAuc", 0.75));
    }
    List<String> expected = new ArrayList<>(ofEpochs(3));
    expected.add("3 final/test/rocAuc 0.75");
    assertEquals(expected, scalars());
    byte[] version = TfRecords.of(Files.readAllBytes(file())).get(0);
    assertTrue(new String(version, StandardCharsets.UTF_8).contains("brain.Event:2"));
    String all = Files.readString(file(), StandardCharsets.ISO_8859_1);
    assertTrue(all.contains("    seed: 3"), all);
    assertTrue(all.contains("    backbones.0.weights: w.pth"), all);
    assertTrue(!all.contains("someone"), all);
    assertEquals(List.of(), warnings);
  }

  @Test
  void whatGoesOnHasNeitherDuplicatesNorGaps() throws IOException {
    train(0, 4);
    byte[] whole = Files.readAllBytes(file());
    train(3, 5); // Killed before the checkpoint of the fourth.
    assertEquals(ofEpochs(5), scalars());
    Files.write(file(), Arrays.copyOf(whole, whole.length - 5)); // Killed while it was written.
    train(4, 5);
    assertEquals(ofEpochs(5), scalars());
    try (TensorBoard follower = follower()) {
      follower.begins(epochs(5));
      follower.measured(Map.of("test/rocAuc", 0.75));
    }
    train(5, 6); // What was measured before is no longer the end.
    assertEquals(ofEpochs(6), scalars());
    Files.delete(file());
    train(5, 6); // Wanted from here on alone.
    assertEquals(ofEpochs(6), scalars());
    Files.writeString(file(), "something else, and longer than the head of a record");
    train(2, 3);
    assertEquals(ofEpochs(3), scalars());
  }

  @Test
  void aDiskThatTakesNothingCostsALine() throws IOException {
    Files.writeString(folder.resolve("tensorboard"), "a file");
    train(0, 3);
    assertEquals(1, warnings.size(), warnings.toString());
    assertTrue(warnings.get(0).contains("TensorBoard's events are not written"), warnings.get(0));
  }

  @Test
  void tensorBoardItselfReadsItWherePythonHasIt() throws Exception {
    train(0, 3);
    String script =
        "from tensorboard.backend.event_processing.event_accumulator import EventAccumulator as E;"
            + "e=E('%s'); e.Reload();".formatted(folder.resolve("tensorboard"))
            + "print([(s.step, s.value) for s in e.Scalars('validation/rocAuc')])";
    Process process;
    try {
      process =
          new ProcessBuilder("python3", "-c", script)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
    } catch (IOException e) {
      process = null;
    }
    assumeTrue(process != null, "there is no python3");
    String answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assumeTrue(process.waitFor() == 0, "this python3 has no tensorboard");
    assertEquals("[(1, 0.5625), (2, 0.625), (3, 0.6875)]", answer.strip());
  }
}
