package io.pneuma.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pneuma.config.ConfigException;
import io.pneuma.config.Recipe;
import io.pneuma.config.Recipe.BackboneSpec;
import io.pneuma.run.Manifest;
import io.pneuma.run.RunDirectory;
import io.pneuma.run.RunException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Lists the runs of a folder. */
@Command(name = "runs", description = "Lists the runs of a folder, the newest first.")
final class RunsCommand extends Verb {
  private static final DateTimeFormatter MINUTES = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm");

  @Parameters(
      arity = "0..1",
      paramLabel = "FOLDER",
      description = "Where to look, however deep; default the program's runs/.")
  private Path folder;

  @Option(names = "--json", description = "One JSON object a line.")
  private boolean json;

  /** A run and what it tells of itself; a problem where it does not. */
  private record Listed(
      Path place,
      Instant started,
      String status,
      String recipe,
      JsonNode validation,
      JsonNode test,
      Optional<Duration> time,
      String problem) {}

  RunsCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  public Integer call() throws IOException {
    Path root = folder == null ? home().resolve("runs") : fromCaller(folder);
    if (!Files.isDirectory(root)) {
      if (folder == null) {
        terminal().line("there are no runs yet; " + command() + " train makes the first");
        return 0;
      }
      throw new ConfigException(folder + ": is no folder; expected one that holds runs");
    }
    List<Listed> runs = new ArrayList<>();
    for (Path place : places(root)) {
      runs.add(listed(place));
    }
    runs.sort(Comparator.comparing(Listed::started).reversed().thenComparing(Listed::place));
    if (json) {
      ObjectMapper mapper = new ObjectMapper();
      for (Listed run : runs) {
        terminal().out().println(mapper.writeValueAsString(asMap(run)));
      }
    } else if (runs.isEmpty()) {
      terminal().line(root + ": there are no runs in it");
    } else {
      terminal().out().print(TextTable.of(table(root, runs)));
    }
    return 0;
  }

  /** Folders that hold a run; what lies in a run is its own. */
  private static List<Path> places(Path root) throws IOException {
    if (Files.isRegularFile(root.resolve("config.yaml"))) {
      return List.of(root);
    }
    List<Path> places = new ArrayList<>();
    try (Stream<Path> entries = Files.list(root)) {
      for (Path entry : entries.sorted().toList()) {
        if (Files.isDirectory(entry) && Files.isReadable(entry)) {
          places.addAll(places(entry));
        }
      }
    }
    return places;
  }

  private static Listed listed(Path place) {
    JsonNode none = new ObjectMapper().missingNode();
    Instant changed = Instant.EPOCH;
    try {
      changed = Files.getLastModifiedTime(place.resolve("config.yaml")).toInstant();
      RunDirectory run = RunDirectory.open(place);
      if (!Files.exists(run.manifest())) {
        return new Listed(place, changed, "not begun", "", none, none, Optional.empty(), "");
      }
      Manifest manifest = run.readJson(run.manifest(), Manifest.class);
      boolean search = Files.exists(run.candidates());
      JsonNode splits =
          Files.exists(run.metrics())
              ? run.readJson(run.metrics(), JsonNode.class).path("splits")
              : none;
      String status = manifest.status().name().toLowerCase(Locale.ROOT);
      return new Listed(
          place,
          manifest.started(),
          search ? "search, " + status : status,
          recipe(run) + (manifest.adapted() == null ? "" : ", adapted"),
          splits.path("validation"),
          splits.path("test"),
          Optional.ofNullable(manifest.finished())
              .map(end -> Duration.between(manifest.started(), end)),
          "");
    } catch (RunException | ConfigException | IOException e) {
      String why = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      return new Listed(place, changed, "damaged", "", none, none, Optional.empty(), why);
    }
  }

  /** The backbones and the attention, in short. */
  private static String recipe(RunDirectory run) {
    if (!run.members().isEmpty()) {
      return "ensemble of " + run.members().size();
    }
    Recipe recipe =
        Files.exists(run.candidates())
            ? recipes().ofTrainedRuns().loadSearch(run.config(), List.of()).base()
            : recipes().ofTrainedRuns().load(run.config(), List.of()).recipe();
    return recipe.backbones().stream().map(RunsCommand::name).collect(Collectors.joining(" + "))
        + ", "
        + recipe.fusion().attention().type();
  }

  private static String name(BackboneSpec backbone) {
    return backbone.name() + (backbone.isFrozen() ? "" : " (learns)");
  }

  private static List<List<String>> table(Path root, List<Listed> runs) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(
        List.of(
            "run",
            "started",
            "status",
            "validation ROC AUC",
            "test ROC AUC",
            "test accuracy",
            "time",
            "recipe"));
    for (Listed run : runs) {
      String name = root.equals(run.place()) ? "." : root.relativize(run.place()).toString();
      rows.add(
          List.of(
              name,
              MINUTES.format(run.started().atZone(ZoneId.systemDefault())),
              run.status(),
              score(run.validation(), "rocAuc"),
              score(run.test(), "rocAuc"),
              score(run.test(), "accuracy"),
              run.time().map(RunsCommand::text).orElse(""),
              run.problem().isEmpty() ? run.recipe() : run.problem()));
    }
    return rows;
  }

  private static String score(JsonNode split, String name) {
    if (!split.path(name).isNumber()) {
      return "";
    }
    String value = String.format(Locale.ROOT, "%.3f", split.path(name).asDouble());
    JsonNode interval = split.path("ci95").path(name);
    return interval.isArray()
        ? value
            + String.format(
                Locale.ROOT,
                " [%.3f, %.3f]",
                interval.path(0).asDouble(),
                interval.path(1).asDouble())
        : value;
  }

  private static String text(Duration time) {
    long seconds = time.toSeconds();
    return seconds < 120
        ? seconds + " s"
        : seconds < 7200
            ? seconds / 60 + " min"
            : String.format(Locale.ROOT, "%.1f h", seconds / 3600.0);
  }

  private static Map<String, Object> asMap(Listed run) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("run", run.place().toString());
    map.put("started", run.started().toString());
    map.put("status", run.status());
    map.put("recipe", run.recipe());
    map.put("seconds", run.time().map(Duration::toSeconds).orElse(null));
    for (String split : List.of("validation", "test")) {
      JsonNode of = split.equals("test") ? run.test() : run.validation();
      Map<String, Object> scores = new LinkedHashMap<>();
      for (String name : List.of("n", "rocAuc", "accuracy")) {
        scores.put(name, of.path(name));
      }
      scores.put(
          "ci95", Map.of("rocAuc", of.at("/ci95/rocAuc"), "accuracy", of.at("/ci95/accuracy")));
      map.put(split, of.isMissingNode() ? null : scores);
    }
    if (!run.problem().isEmpty()) {
      map.put("error", run.problem());
    }
    return map;
  }
}
