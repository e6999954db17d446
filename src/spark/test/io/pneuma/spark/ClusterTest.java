package io.pneuma.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pneuma.TinyRadiographs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A master and two workers, processes of their own, as ./run.sh cluster starts them. */
@EnabledOnOs(OS.LINUX)
class ClusterTest {
  private static final Path HOME = Path.of(System.getProperty("pneuma.home"));
  private static final int PATIENCE_MILLIS = 120_000;

  @TempDir static Path folder;
  private static String master;

  @BeforeAll
  static void start() throws Exception {
    assumeTrue(
        Files.exists(HOME.resolve("target/classpath-Pspark")),
        "Pneuma is not built with Spark; ./run.sh cluster --help builds it");
    assumeTrue(
        run("cluster", "status").exitValue() != 0, "a cluster of somebody else's runs already");
    assertEquals(
        0, run("data", "phantom", folder.resolve("phantoms").toString()).exitValue(), said("data"));
    Process started = run("cluster", "start", "--memory", "3g");
    assertEquals(0, started.exitValue(), said("cluster"));
    master = said("cluster").lines().filter(line -> line.startsWith("spark://")).findFirst().get();
  }

  @AfterAll
  static void stop() throws Exception {
    if (master != null) {
      List<ProcessHandle> all = executors();
      run("cluster", "stop");
      for (ProcessHandle executor : all) {
        executor.onExit().get();
      }
      assertTrue(run("cluster", "status").exitValue() != 0);
    }
  }

  private static ProcessBuilder pneuma(String... args) {
    List<String> command = new ArrayList<>(List.of(HOME.resolve("run.sh").toString()));
    command.addAll(List.of(args));
    ProcessBuilder process = new ProcessBuilder(command);
    process.redirectErrorStream(true).redirectOutput(folder.resolve(args[0] + ".out").toFile());
    return process;
  }

  private static Process run(String... args) throws Exception {
    Process process = pneuma(args).start();
    process.waitFor();
    return process;
  }

  private static String said(String verb) throws IOException {
    return Files.readString(folder.resolve(verb + ".out"), StandardCharsets.UTF_8);
  }

  /** Trains in a cache of its own. */
  private static Process train(String name, String... args) throws IOException {
    List<String> all =
        new ArrayList<>(List.of("train", "--no-maps", "--run", folder.resolve(name).toString()));
    all.addAll(List.of(args));
    ProcessBuilder process = pneuma(all.toArray(String[]::new));
    process.environment().put("PNEUMA_CACHE", cache(name).toString());
    return process.start();
  }

  private static String[] frozen(String... more) {
    List<String> args = new ArrayList<>(List.of("--set", "augmentation.views=2"));
    args.addAll(List.of("--set", "data.folder=" + folder.resolve("phantoms")));
    args.addAll(List.of("--set", "training.epochs=2"));
    for (int backbone = 0; backbone < 3; backbone++) {
      args.addAll(List.of("--set", "backbones[" + backbone + "].freeze=all"));
    }
    args.addAll(List.of(more));
    return args.toArray(String[]::new);
  }

  private static Path cache(String name) {
    return folder.resolve(name + "-cache");
  }

  /** The processes that work for this cluster's workers. */
  private static List<ProcessHandle> executors() throws IOException {
    List<ProcessHandle> executors = new ArrayList<>();
    for (int worker = 1; worker <= 2; worker++) {
      Path file = HOME.resolve("target/spark/cluster/worker-" + worker + ".pid");
      Optional<ProcessHandle> process =
          ProcessHandle.of(Long.parseLong(Files.readString(file).strip()));
      process.ifPresent(it -> it.descendants().forEach(executors::add));
    }
    return executors;
  }

  /** Kills one of two executors as soon as something has come of their work. */
  private static void killOne(Process training, Path sign) throws Exception {
    long started = System.nanoTime();
    while (!Files.exists(sign) || size(sign) == 0) {
      assertTrue(training.isAlive(), said("train"));
      assertTrue(System.nanoTime() - started < PATIENCE_MILLIS * 1_000_000L, said("train"));
      Thread.sleep(20);
    }
    List<ProcessHandle> executors = executors();
    assertFalse(executors.isEmpty());
    executors.get(0).destroyForcibly();
  }

  private static long size(Path place) throws IOException {
    if (Files.isRegularFile(place)) {
      return Files.size(place);
    }
    try (Stream<Path> entries = Files.list(place)) {
      return entries.count();
    }
  }

  /** The bank's files by their names. */
  private static SortedMap<String, byte[]> bank(String name) throws IOException {
    SortedMap<String, byte[]> bank = new TreeMap<>();
    try (Stream<Path> files = Files.list(cache(name).resolve("features"))) {
      for (Path file : files.filter(it -> it.toString().endsWith(".features")).toList()) {
        bank.put(file.getFileName().toString(), Files.readAllBytes(file));
      }
    }
    return bank;
  }

  @Test
  void theBankOfAClusterThatLosesAnExecutorIsThatOfOneMachine() throws Exception {
    Process here = train("here", frozen());
    assertEquals(0, here.waitFor(), said("train"));
    Process there = train("there", frozen("--spark", master));
    killOne(there, cache("there").resolve("shards"));
    assertEquals(0, there.waitFor(), said("train"));
    assertTrue(said("train").contains("was lost"), said("train"));
    SortedMap<String, byte[]> expected = bank("here");
    SortedMap<String, byte[]> actual = bank("there");
    assertEquals(expected.keySet(), actual.keySet());
    assertTrue(
        expected.size() > 6, expected.keySet().toString()); // Of three backbones, and traits.
    expected.forEach((file, bytes) -> assertArrayEquals(bytes, actual.get(file), file));
    assertArrayEquals(
        Files.readAllBytes(folder.resolve("here/metrics.json")),
        Files.readAllBytes(folder.resolve("there/metrics.json")));
    assertEquals(0, size(cache("there").resolve("shards")));
  }

  @Test
  void backbonesLearnAlikeWhoeverIsLost() throws Exception {
    Path images = folder.resolve("tiny");
    TinyRadiographs.write(images, 24);
    String recipe = folder.resolve("tiny.yaml").toString();
    Files.writeString(Path.of(recipe), TinyRadiographs.recipe(images, "none", "se"));
    String epochs = "training.epochs=6";
    Process first = train("first", recipe, "--set", epochs, "--spark", "local[2]");
    assertEquals(0, first.waitFor(), said("train"));
    Process second = train("second", recipe, "--set", epochs, "--spark", master);
    killOne(second, folder.resolve("second/checkpoints/last.zip"));
    assertEquals(0, second.waitFor(), said("train"));
    assertTrue(said("train").contains("was lost"), said("train"));
    assertArrayEquals(
        Files.readAllBytes(folder.resolve("first/metrics.json")),
        Files.readAllBytes(folder.resolve("second/metrics.json")));
  }
}
