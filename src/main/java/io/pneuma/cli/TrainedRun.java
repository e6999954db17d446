package io.pneuma.cli;

import io.pneuma.config.ConfigException;
import io.pneuma.run.Manifest;
import io.pneuma.run.RunDirectory;
import java.nio.file.Files;
import java.nio.file.Path;

/** Opens runs that have a trained network; of others it says how they come to one. */
final class TrainedRun {
  private TrainedRun() {}

  /**
   * Opens a run.
   *
   * @throws ConfigException when it has no network, with the way on
   */
  static RunDirectory open(Path folder, Terminal terminal) {
    RunDirectory run = RunDirectory.open(folder);
    if (run.isTrained()) {
      warnIfUnfinished(run, terminal);
      return run;
    }
    String train = Verb.command() + " train ";
    if (Files.exists(run.winner())) {
      throw new ConfigException(
          folder
              + ": is a search, which keeps no network; train its winner, and give that run: "
              + (train + Verb.quoted(run.winner())));
    }
    if (Files.exists(run.cells())) {
      throw new ConfigException(
          folder + ": is a reproduction, which keeps no network; its table.md has the figures");
    }
    String here = " --resume --run " + Verb.quoted(folder);
    if (Files.exists(run.candidates())) {
      throw new ConfigException(
          folder
              + ": is a search that has no winner yet; "
              + (Verb.command() + " search" + here)
              + " goes on with it, and its winner.yaml can then be trained");
    }
    throw new ConfigException(
        folder
            + ": has no trained network yet: "
            + state(run)
            + "; "
            + (train + here.strip())
            + " goes on with it");
  }

  /**
   * Opens a run that has one network.
   *
   * @throws ConfigException when it has none, or is an ensemble
   */
  static RunDirectory alone(Path folder, Terminal terminal) {
    RunDirectory run = open(folder, terminal);
    if (!run.members().isEmpty()) {
      throw new ConfigException(
          folder
              + ": is an ensemble; give one of its members, such as "
              + run.members().get(0).root());
    }
    return run;
  }

  private static void warnIfUnfinished(RunDirectory run, Terminal terminal) {
    if (Files.exists(run.manifest())
        && run.readJson(run.manifest(), Manifest.class).status() != Manifest.Status.DONE) {
      terminal.warning(
          "warning: this run was gone on with and has not ended ("
              + state(run)
              + "); its model is as before that");
    }
  }

  private static String state(RunDirectory run) {
    if (!Files.exists(run.manifest())) {
      return "it ended before anything was trained";
    }
    return switch (run.readJson(run.manifest(), Manifest.class).status()) {
      case RUNNING -> "it is under way, or was killed";
      case INTERRUPTED -> "it was interrupted";
      case FAILED -> "it failed; " + run.log() + " says why";
      case DONE -> "its model.zip is gone";
    };
  }
}
