package io.pneuma.cli;

import io.pneuma.config.Recipe;
import io.pneuma.images.Dataset;
import io.pneuma.run.Json;
import io.pneuma.run.WholeFile;
import io.pneuma.training.LossCurve;
import io.pneuma.training.LossPicture;
import io.pneuma.training.RangeTest;
import io.pneuma.training.RunBackbones;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Tells a learning rate for a recipe. */
@Command(
    name = "lr-find",
    description =
        "Trains a hundred steps with a rising learning rate, and proposes rates by how the loss"
            + " falls; with a picture.")
final class LrFindCommand extends RecipeVerb {
  private static final String KEY = "training.learningRate=";

  @Parameters(paramLabel = "CONFIG", description = "The recipe.")
  private Path config;

  @Option(
      names = "--out",
      paramLabel = "FILE.png",
      defaultValue = "lr-find.png",
      description = "The picture; default ${DEFAULT-VALUE}.")
  private Path out;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Also writes rates and losses there.")
  private Path json;

  LrFindCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  public Integer call() throws IOException {
    OutputFile.requirePicture("--out", out);
    OutputFile.require("--json", json);
    Recipe wanted = recipes().load(config, changes()).recipe();
    sayIfPhantom(wanted, "testing on");
    LossCurve curve = measure(wanted);
    OutputFile.write(out, new LossPicture(curve)::write);
    if (json != null) {
      WholeFile.write(fromCaller(json), Json.write(Found.in(curve)));
    }
    show(curve);
    return 0;
  }

  private LossCurve measure(Recipe wanted) throws IOException {
    Recipe recipe = new WeightsFinder(terminal(), home(), cache()).resolve(wanted);
    Machine machine = startMachine();
    RunBackbones backbones = RunBackbones.load(recipe);
    show(backbones);
    Dataset data = read(recipe);
    if (!Part.isAlone(recipe)) {
      List<Part> parts = Part.of(recipe, data);
      terminal().line("of the recipe's %d networks the first".formatted(parts.size()));
      data = parts.get(0).data();
    }
    RangeTest test = new RangeTest(recipe, backbones, data, terminal());
    long needed = test.estimatedBytes();
    terminal().line(machine.line(needed));
    machine.memory().require(needed);
    return test.measure(cache().resolve("features"));
  }

  private void show(LossCurve curve) {
    Found found = Found.in(curve);
    terminal()
        .result(
            TextTable.of(
                List.of(
                    List.of("suggestion", "learning rate", "what it is"),
                    List.of(
                        "valley", rate(found.valley()), "middle of the longest fall of the loss"),
                    List.of("steep", rate(found.steep()), "where the loss falls most steeply"),
                    List.of(
                        "minimum", rate(found.minimum()), "a tenth of that of the least loss"))));
    LossCurve.Step last = curve.steps().get(curve.steps().size() - 1);
    terminal()
        .result(
            curve.isWhole()
                ? "the loss stayed below four times its best at all rates"
                : "the loss diverged at %s, after %d steps"
                    .formatted(rate(last.learningRate()), curve.steps().size()));
    StringBuilder again = new StringBuilder(command() + " train " + quoted(config));
    for (String change : changes()) {
      if (!change.startsWith(KEY)) {
        again.append(" --set ").append(quoted(change));
      }
    }
    terminal().result("picture: " + fromCaller(out));
    terminal().command("next: " + again + " --set " + KEY + rate(found.valley()));
  }

  private static String rate(double rate) {
    return String.format(Locale.ROOT, "%.1e", rate);
  }

  /**
   * What was found, as JSON has it.
   *
   * @param minimum a tenth of the rate of the least smoothed loss
   */
  private record Found(double valley, double steep, double minimum, List<LossCurve.Step> steps) {
    static Found in(LossCurve curve) {
      return new Found(
          curve.valley().learningRate(),
          curve.steep().learningRate(),
          curve.minimum().learningRate() / 10,
          curve.steps());
    }
  }
}
