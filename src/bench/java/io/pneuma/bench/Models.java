package io.pneuma.bench;

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

  Models(Path scripts, Path folder, Path log) {
    this.scripts = scripts;
    this.folder = folder;
    this.log = log;
  }

  Path folder() {
    return folder;
  }

  /** The frozen networks that a name stands for: weights for Pneuma, files for the peers. */
  void features(String name) throws IOException {
    for (String network : Recipes.networks(name)) {
      make("features", network, network + ".nhwc.pt");
    }
  }

  /** A network's training step. */
  void fineTuning(String network) throws IOException {
    features(network);
    make("finetune", network, network + ".step.pt");
  }

  /** A head's training step. */
  void head(String attention) throws IOException {
    make("head", attention, attention + ".step.pt");
  }

  private void make(String what, String name, String last) throws IOException {
    if (Files.exists(folder.resolve(last))) {
      return;
    }
    System.err.println("making the peers' files of " + name + " ...");
    Files.createDirectories(folder);
    run(command("models.py", what, name, folder.toString()));
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
