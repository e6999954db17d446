package io.pneuma.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Measures Pneuma against its peers, in turns; 0 done, 1 a row failed, 2 wrong usage. */
@Command(
    name = "./run.sh bench",
    description = "Measures Pneuma against PyTorch and ONNX Runtime, in turns.",
    mixinStandardHelpOptions = true)
final class Bench implements Callable<Integer> {
  @Parameters(
      arity = "0..1",
      defaultValue = "",
      paramLabel = "WHAT",
      description =
          "A row, or how its name begins; by default all rows. Or a table without a peer:"
              + " peak, scaling, bank, memory.")
  private String what;

  @Option(names = "--json", paramLabel = "FILE", description = "Takes the results.")
  private Path json;

  @Option(names = "--turns", defaultValue = "5", description = "Default ${DEFAULT-VALUE}.")
  private int turns;

  @Option(
      names = "--seconds",
      defaultValue = "3",
      description = "Least length of a turn; default ${DEFAULT-VALUE}.")
  private double seconds;

  private final Path home = Path.of(System.getProperty("pneuma.home", ".")).toAbsolutePath();
  private final List<String> failures = new ArrayList<>();

  public static void main(String[] args) {
    Locale.setDefault(Locale.ROOT); // A point in numbers, everywhere.
    System.exit(new CommandLine(new Bench()).execute(args));
  }

  @Override
  public Integer call() throws IOException {
    Path folder = home.resolve("target/bench");
    List<Row> rows = new Rows(home, folder, seconds).all();
    List<Row> chosen = Row.named(what, rows);
    if (Extras.has(what)) {
      return extra(folder);
    }
    if (chosen.isEmpty()) {
      System.err.println(Row.unknown(what, rows));
      return 2;
    }
    List<Result> results = new ArrayList<>();
    for (Row row : chosen) {
      results.addAll(measure(row));
    }
    System.out.print(Result.table(results));
    failures.forEach(failure -> System.out.println("not measured: " + failure));
    if (json != null) {
      new ObjectMapper()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .writeValue(json.toFile(), Result.json(results));
    }
    return failures.isEmpty() ? 0 : 1;
  }

  private int extra(Path folder) throws IOException {
    Models models = Models.of(home, folder);
    try {
      models.features("trio");
      List<String> command =
          Java.command(folder, Extras.class, what, models.folder().toString(), folder.toString());
      return new ProcessBuilder(command).inheritIO().start().waitFor();
    } catch (BenchException e) {
      System.err.println(what + ": " + e.getMessage());
      return 1;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 1;
    }
  }

  /** One peer after the other, so that never more than two sides take memory. */
  private List<Result> measure(Row row) {
    Map<String, Duel> duels = new LinkedHashMap<>();
    try (Contestant pneuma = row.pneuma().start()) {
      progress(row, "Pneuma", pneuma.setup());
      row.peers()
          .forEach(
              (name, side) -> {
                try (Contestant peer = side.start()) {
                  duels.put(name, duel(row, pneuma, name, peer));
                } catch (IOException | BenchException e) {
                  fail(row, name, e);
                }
              });
    } catch (IOException | BenchException e) {
      fail(row, "Pneuma", e);
    }
    List<Result> results = new ArrayList<>();
    duels.forEach((name, duel) -> results.add(new Result(row, name, duel)));
    return results;
  }

  private Duel duel(Row row, Contestant pneuma, String name, Contestant peer) throws IOException {
    progress(row, name, peer.setup());
    for (int part = 0; part < row.tolerances().size(); part++) {
      double difference =
          Agreement.require(
              pneuma.checks().get(part), peer.checks().get(part), row.tolerances().get(part));
      progress(row, name, "mean difference " + String.format("%.1e", difference));
    }
    Duel duel = new Duel();
    for (int i = 1; i <= turns; i++) {
      Turn ours = pneuma.turn();
      Turn theirs = peer.turn();
      duel.add(ours, theirs);
      progress(
          row,
          name,
          "turn %d: %.4g, %.4g %s"
              .formatted(
                  i, row.unit().of(ours.seconds()), row.unit().of(theirs.seconds()), row.unit()));
    }
    if (row.tolerances().size() > 1) {
      System.out.println(row.name() + ", Pneuma: " + pneuma.setup());
      System.out.println(row.name() + ", " + name + ": " + peer.setup());
    }
    return duel;
  }

  private void fail(Row row, String side, Exception failure) {
    String text = row.name() + ", " + side + ": " + failure.getMessage();
    failures.add(text);
    System.err.println(text);
  }

  private static void progress(Row row, String side, String text) {
    System.err.println(row.name() + ", " + side + ": " + text);
  }
}
