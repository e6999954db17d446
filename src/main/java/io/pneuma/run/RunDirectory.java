package io.pneuma.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The folder of one training run. Every file in it is written whole or not at all. */
public final class RunDirectory {
  private final Path root;

  private RunDirectory(Path root) {
    this.root = root.toAbsolutePath().normalize();
  }

  /**
   * Makes the folder of a new run.
   *
   * @throws RunException when something is there already
   */
  public static RunDirectory create(Path dir) {
    RunDirectory run = new RunDirectory(dir);
    if (Files.isRegularFile(run.config())) {
      throw new RunException(
          dir + ": holds a run already; choose another --run, or give --resume to go on with it");
    }
    if (Files.exists(dir) && !Files.isDirectory(dir)) {
      throw new RunException(
          dir + ": is a file; expected a folder for the run; choose another --run");
    }
    try {
      Files.createDirectories(dir);
      try (Stream<Path> files = Files.list(dir)) {
        if (!files.allMatch(WholeFile::isLeftover)) {
          throw new RunException(
              dir
                  + ": is not empty and holds no run that --resume could go on with (no config.yaml);"
                  + " choose another --run");
        }
      }
    } catch (IOException e) {
      throw new RunException(dir + ": cannot be made: " + WholeFile.reason(e), e);
    }
    WholeFile.removeLeftovers(run.root);
    return run;
  }

  /**
   * Opens a run to read it; nothing in it is changed, so that a run in progress may be watched.
   *
   * @throws RunException when it is no run directory
   */
  public static RunDirectory open(Path dir) {
    RunDirectory run = new RunDirectory(dir);
    if (!Files.isRegularFile(run.config())) {
      String missing = Files.isDirectory(dir) ? "has no config.yaml" : "there is no such folder";
      throw new RunException(
          dir + ": " + missing + "; expected a run directory made by ./run.sh train");
    }
    return run;
  }

  /**
   * Opens a run to go on with it, and clears away what was half-written when it was interrupted.
   *
   * @throws RunException when it is no run directory
   */
  public static RunDirectory resume(Path dir) {
    RunDirectory run = open(dir);
    WholeFile.removeLeftovers(run.root);
    WholeFile.removeLeftovers(run.checkpoints());
    WholeFile.removeLeftovers(run.cells());
    return run;
  }

  /** The folder itself, absolute. */
  public Path root() {
    return root;
  }

  /** The resolved recipe. */
  public Path config() {
    return root.resolve("config.yaml");
  }

  /** Where the run comes from: a {@link Manifest}. */
  public Path manifest() {
    return root.resolve("manifest.json");
  }

  /** The classes, in the order of the network's outputs. */
  public Path labels() {
    return root.resolve("labels.json");
  }

  /** The trained network. */
  public Path model() {
    return root.resolve("model.zip");
  }

  /** The folder of the networks to resume from. */
  public Path checkpoints() {
    return root.resolve("checkpoints");
  }

  /** The scores of each split. */
  public Path metrics() {
    return root.resolve("metrics.json");
  }

  /** What the network says of each image: {@link Predictions}. */
  public Path predictions() {
    return root.resolve("predictions.csv");
  }

  /** The images and their splits: {@link Splits}. */
  public Path splits() {
    Path before = root.resolve("splits.csv"); // Its name in runs of before it was a data source.
    return Files.exists(before) ? before : root.resolve("split.csv");
  }

  /** The folder of the runs that an ensemble is made of. */
  public Path membersFolder() {
    return root.resolve("members");
  }

  /**
   * The runs that an ensemble is made of, in the order of their names; empty of any other run.
   *
   * @throws RunException when the folder cannot be read
   */
  public List<RunDirectory> members() {
    if (!Files.isDirectory(membersFolder())) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(membersFolder())) {
      return entries
          .filter(entry -> Files.isRegularFile(entry.resolve("config.yaml")))
          .sorted()
          .map(RunDirectory::new)
          .toList();
    } catch (IOException e) {
      throw new RunException(membersFolder() + ": cannot be read: " + WholeFile.reason(e), e);
    }
  }

  /** Those of whose networks the run's answers are made: its members, or itself. */
  public List<RunDirectory> networks() {
    List<RunDirectory> members = members();
    return members.isEmpty() ? List.of(this) : members;
  }

  /** Whether the run can answer for images: it has a network, or is an ensemble that is whole. */
  public boolean isTrained() {
    return Files.exists(model())
        || (Files.exists(decision())
            && !members().isEmpty()
            && members().stream().allMatch(member -> Files.exists(member.model())));
  }

  /** How the trained network decides, chosen on validation. */
  public Path decision() {
    return root.resolve("decision.json");
  }

  /** The same where several views of each image are averaged; there once it was chosen. */
  public Path averagedDecision() {
    return root.resolve("decision-tta.json");
  }

  /** How often the test split was looked at: {@link TestOpenings}. */
  public Path testOpenings() {
    return root.resolve("test-openings.csv");
  }

  /** The files that gave no image and were left out, and why. */
  public Path skipped() {
    return root.resolve("skipped.csv");
  }

  /** A row for each epoch: {@link History}. */
  public Path history() {
    return root.resolve("history.csv");
  }

  /** The finished candidates of a search, a line each. */
  public Path candidates() {
    return root.resolve("candidates.jsonl");
  }

  /** The recipe of a search's best candidate. */
  public Path winner() {
    return root.resolve("winner.yaml");
  }

  /** The candidates of a search from the best on. */
  public Path leaderboard() {
    return root.resolve("leaderboard.csv");
  }

  /** How much each hyperparameter of a search tells of the score. */
  public Path importance() {
    return root.resolve("importance.csv");
  }

  /** The picture of a search. */
  public Path sweep() {
    return root.resolve("sweep.png");
  }

  /** The folder of a reproduction's trainings, a file each. */
  public Path cells() {
    return root.resolve("cells");
  }

  /** The table of a reproduction, to read. */
  public Path table() {
    return root.resolve("table.md");
  }

  /** The table of a reproduction, for programs. */
  public Path reproduction() {
    return root.resolve("reproduction.json");
  }

  /** How much the network listens to each of its backbones, where it has several. */
  public Path backbones() {
    return root.resolve("backbones.json");
  }

  /** How well traits without anatomy tell the classes of the images it learnt and chose by. */
  public Path shortcuts() {
    return root.resolve("shortcuts.json");
  }

  /** Whether maps of where the network looks may be believed, by method. */
  public Path maps() {
    return root.resolve("maps.json");
  }

  /** The folder of such maps of the images that the report shows, laid over these. */
  public Path mapPictures() {
    return root.resolve("maps");
  }

  /** The picture of the map of one of them, by the hash of its file. */
  public Path mapPicture(String sha256) {
    return mapPictures().resolve(sha256 + ".jpg");
  }

  /** The run on one page. */
  public Path report() {
    return root.resolve("report.html");
  }

  /** The folder of what nodes that answer by it are done with. */
  public Path nodes() {
    return root.resolve("node");
  }

  /** What the training UI has recorded. */
  public Path stats() {
    return root.resolve("stats.bin");
  }

  /** The folder of what TensorBoard reads. */
  public Path tensorboard() {
    return root.resolve("tensorboard");
  }

  /** The name that an MLflow server has given the run. */
  public Path mlflow() {
    return root.resolve("mlflow.json");
  }

  /** The log. */
  public Path log() {
    return root.resolve("log.txt");
  }

  /** Writes a text in UTF-8. */
  public void write(Path file, String text) {
    WholeFile.write(file, text);
  }

  /** Writes indented JSON: records in their order, maps sorted by key, NaN and infinity as null. */
  public void writeJson(Path file, Object value) {
    write(file, Json.write(value));
  }

  /** Reads JSON that {@link #writeJson} wrote; a null becomes NaN where a double is expected. */
  public <T> T readJson(Path file, Class<T> type) {
    return Json.read(file, type);
  }

  /** Writes a file through something that wants a path of its own to write to. */
  public void writeWith(Path file, WriterAction action) {
    WholeFile.write(file, action);
  }
}
