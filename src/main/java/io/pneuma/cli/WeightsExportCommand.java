package io.pneuma.cli;

import io.pneuma.backbone.WeightsExport;
import io.pneuma.config.ConfigException;
import io.pneuma.config.Recipe;
import io.pneuma.graphfiles.ModelFile;
import io.pneuma.network.BackboneUnit;
import io.pneuma.run.RunDirectory;
import io.pneuma.weights.SafetensorsWriter;
import io.pneuma.weights.SafetensorsWriter.FloatTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Gives a trained backbone to other programs. */
@Command(
    name = "export",
    description = "Writes a trained backbone as safetensors, under its publisher's keys.")
final class WeightsExportCommand extends Verb {
  private static final String ENDING = ".safetensors";

  @Option(names = "--run", paramLabel = "DIR", required = true, description = "The trained run.")
  private Path runFolder;

  @Option(
      names = "--backbone",
      paramLabel = "NAME",
      required = true,
      description = "As train's table calls it: its name, or NAME-2 for the second of a name.")
  private String label;

  @Parameters(paramLabel = "FILE", description = "The .safetensors file to write.")
  private Path file;

  WeightsExportCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  public Integer call() throws IOException {
    RunDirectory run = TrainedRun.alone(fromCaller(runFolder), terminal());
    Recipe recipe = recipeOf(run);
    List<String> labels = BackboneUnit.labels(recipe);
    if (!labels.contains(label)) {
      throw new ConfigException(
          "--backbone "
              + label
              + ": "
              + runFolder
              + " has no such backbone; it has "
              + String.join(", ", labels));
    }
    Path target = fromCaller(file);
    if (!target.toString().endsWith(ENDING)) {
      throw new ConfigException(
          file
              + ": safetensors are written; expected a name that ends in "
              + ENDING
              + ", such as "
              + target.getFileName().toString().replaceFirst("\\.[^.]*$", "")
              + ENDING);
    }
    if (Files.exists(target) || !Files.isDirectory(target.getParent())) {
      throw new ConfigException(
          target
              + (Files.exists(target)
                  ? ": is there already; remove it or give another name"
                  : ": its folder does not exist; make it first"));
    }
    startMachine();
    Map<String, FloatTensor> tensors = WeightsExport.tensors(ModelFile.read(run.model()), label);
    SafetensorsWriter.write(target, tensors);
    terminal()
        .out()
        .println(
            tensors.size()
                + " tensors of "
                + label
                + " in "
                + file
                + "; the published classifier is not among them");
    return 0;
  }
}
