package io.pneuma.bench;

import io.pneuma.weights.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The files of models, made by torchvision once, and the Python that makes them. */
final class Models {
  private static final String PYTHON = "PNEUMA_BENCH_PYTHON";

  private final Path scripts;
  private final Path folder;
  private final Path log;
  private String python; // Looked for when first needed.

  private Models(Path scripts, Path folder, Path log) {
    this.scripts = scripts;
    this.folder = folder;
    this.log = log;
  }

  /**
   * Those of the benchmark.
   *
   * @param home the project's root
   * @param folder takes what the benchmark makes
   */
  static Models of(Path home, Path folder) {
    return new Models(
        home.resolve("src/bench/python"),
        folder.resolve("models"),
        folder.resolve("logs/models.log"));
  }

  Path folder() {
    return folder;
  }

  /** The frozen networks that a name stands for: weights for Pneuma, files for the peers. */
  void features(String name) throws IOException {
    for (String network : Recipes.networks(name)) {
      make("features", network);
    }
  }

  /** A network's training step. */
  void fineTuning(String network) throws IOException {
    features(network);
    make("finetune", network);
  }

  /** A head's training step. */
  void head(String attention) throws IOException {
    make("head", attention);
  }

  /** Made again when the scripts have changed, or when they were interrupted. */
  private void make(String what, String name) throws IOException {
    Path done = folder.resolve(what + "-" + name + ".done");
    String version = Digest.sha256(scripts.resolve("models.py"));
    version += Digest.sha256(scripts.resolve("common.py"));
    if (Files.exists(done) && Files.readString(done).equals(version)) {
      return;
    }
    System.err.println("making the peers' files of " + name + " ...");
    Files.createDirectories(folder);
    run(command("models.py", what, name, folder.toString()));
    Files.writeString(done, version);
  }

  /** The command that runs one of the scripts. */
  List<String> command(String script, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(python(), scripts.resolve(script).toString()));
    command.addAll(List.of(arguments));
    return command;
  }

  private String python() throws IOException {
    if (python == null) {
      String given = System.getenv(PYTHON);
      for (String candidate :
          given != null ? List.of(given) : List.of("/usr/bin/python3", "python3")) {
        if (runs(List.of(candidate, "-c", "import torch, torchvision"))) {
          python = candidate;
          return python;
        }
      }
      throw new BenchException(
          "it needs a Python with torch and torchvision (Debian: python3-torch,"
              + " python3-torchvision); "
              + PYTHON
              + " names another one");
    }
    return python;
  }

  private boolean runs(List<String> command) {
    try {
      run(command);
      return true;
    } catch (IOException | BenchException e) {
      return false;
    }
  }

  void run(List<String> command) throws IOException {
    Files.createDirectories(log.getParent());
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    try {
      if (process.waitFor() != 0) {
        throw new BenchException(String.join(" ", command) + " failed; " + log + " says why");
      }
    } catch (InterruptedException e) {
      process.destroy();
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}
