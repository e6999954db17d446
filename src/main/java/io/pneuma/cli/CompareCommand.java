package io.pneuma.cli;

import io.pneuma.config.ConfigException;
import io.pneuma.evaluation.Comparison;
import io.pneuma.evaluation.Comparison.Difference;
import io.pneuma.report.RecordedRun;
import io.pneuma.report.RunComparison;
import io.pneuma.report.RunComparison.Pair;
import io.pneuma.run.RunDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Says which of several trained runs is better, and whether by more than chance. */
@Command(
    name = "compare",
    description = "Says which of several trained runs is better, and whether by more than chance.")
final class CompareCommand extends Verb {
  @Parameters(
      arity = "2..*",
      paramLabel = "DIR",
      description = "Trained runs that were measured on the same images.")
  private List<Path> folders;

  @Option(names = "--json", paramLabel = "FILE", description = "Also writes all of it there.")
  private Path json;

  CompareCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  public Integer call() throws IOException {
    OutputFile.require("--json", json);
    List<RecordedRun> runs = new ArrayList<>();
    for (Path folder : folders) {
      RecordedRun run = RecordedRun.read(TrainedRun.open(fromCaller(folder), terminal()));
      if (runs.stream().anyMatch(other -> other.run().root().equals(run.run().root()))) {
        throw new ConfigException(folder + ": is given twice; expected different runs");
      }
      runs.add(run);
    }
    RunComparison comparison = RunComparison.of(runs, recipeOf(runs.get(0).run()).seed());
    List<String> names = names(runs);
    int images = comparison.pairs().get(0).comparison().images();
    terminal()
        .line(
            "compared on the %d images of the %s split, with patients as the unit (%d)"
                .formatted(
                    images, comparison.split(), comparison.pairs().get(0).comparison().patients()));
    terminal().out().print(TextTable.of(table(comparison, names)));
    for (Pair pair : comparison.pairs()) {
      terminal()
          .out()
          .println(RunComparison.sentence(pair, names.get(pair.first()), names.get(pair.second())));
    }
    if (comparison.pairs().get(0).comparison().patients() < images) {
      terminal()
          .out()
          .println(
              "McNemar's test takes images as independent, which several of one patient are not;"
                  + " the other rows do not.");
    }
    if (json != null) {
      write(comparison, runs);
    }
    return 0;
  }

  /** The folders' names, or their paths where two have the same. */
  private static List<String> names(List<RecordedRun> runs) {
    List<String> names =
        runs.stream().map(run -> run.run().root().getFileName().toString()).toList();
    return names.stream().distinct().count() == names.size()
        ? names
        : runs.stream().map(run -> run.run().root().toString()).toList();
  }

  private static List<List<String>> table(RunComparison comparison, List<String> names) {
    boolean several = comparison.pairs().size() > 1;
    List<String> header =
        new ArrayList<>(List.of("pair", "score", "difference", "95 % interval", "p"));
    if (several) {
      header.add("Holm's p");
    }
    List<List<String>> rows = new ArrayList<>(List.of(header));
    for (Pair pair : comparison.pairs()) {
      String name = names.get(pair.first()) + " - " + names.get(pair.second());
      List<String> answers = new ArrayList<>();
      answers.add(name);
      answers.add("right alone");
      answers.add(pair.comparison().onlyFirst() + " - " + pair.comparison().onlySecond());
      answers.add("McNemar's exact test");
      answers.add(Comparison.digits(pair.comparison().mcnemar()));
      if (several) {
        answers.add(Comparison.digits(pair.holm().get("mcnemar")));
      }
      rows.add(answers);
      pair.comparison()
          .differences()
          .forEach(
              (score, difference) -> {
                List<String> row = new ArrayList<>(List.of(name, score));
                row.addAll(cells(difference));
                if (several) {
                  row.add(Comparison.digits(pair.holm().get(score)));
                }
                rows.add(row);
              });
    }
    return rows;
  }

  private static List<String> cells(Difference it) {
    if (Double.isNaN(it.value())) {
      return List.of("undefined", "", "");
    }
    return List.of(
        String.format(Locale.ROOT, "%+.4f", it.value()),
        String.format(Locale.ROOT, "[%+.4f, %+.4f]", it.low(), it.high()),
        Comparison.digits(it.p()));
  }

  private void write(RunComparison comparison, List<RecordedRun> runs) {
    List<Map<String, Object>> pairs = new ArrayList<>();
    for (Pair pair : comparison.pairs()) {
      Map<String, Object> entry = new LinkedHashMap<>();
      entry.put("first", runs.get(pair.first()).run().root().toString());
      entry.put("second", runs.get(pair.second()).run().root().toString());
      entry.put("comparison", pair.comparison());
      entry.put("holm", pair.holm());
      pairs.add(entry);
    }
    RunDirectory any = runs.get(0).run();
    any.writeJson(fromCaller(json), Map.of("split", comparison.split(), "pairs", pairs));
  }
}
