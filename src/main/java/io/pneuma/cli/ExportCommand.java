package io.pneuma.cli;

import io.pneuma.config.ConfigException;
import io.pneuma.config.Recipe;
import io.pneuma.graphfiles.ModelFile;
import io.pneuma.onnx.OnnxModel;
import io.pneuma.run.RunDirectory;
import io.pneuma.training.Progress;
import io.pneuma.weights.AtomicFile;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Gives a trained network to programs that have neither Pneuma nor Java. */
@Command(
    name = "export",
    description =
        "Writes a trained run as one ONNX file: images in, the probabilities of predict out. The"
            + " members of an ensemble are averaged in it.")
final class ExportCommand extends Verb {
  @Option(names = "--run", paramLabel = "DIR", required = true, description = "The trained run.")
  private Path runFolder;

  @Parameters(paramLabel = "FILE", description = "The .onnx file to write.")
  private Path file;

  ExportCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  public Integer call() throws IOException {
    RunDirectory run = TrainedRun.open(fromCaller(runFolder), terminal());
    Map<RunDirectory, Recipe> networks = new LinkedHashMap<>();
    recipeOf(run); // Refuses an edited one.
    for (RunDirectory each : run.networks()) {
      networks.put(each, recipeOf(each));
    }
    OutputFile.requireEnding("FILE", file, ".onnx", "an ONNX model");
    Path target = fromCaller(file);
    int imageSize = imageSize(networks);
    startMachine();
    OnnxModel model = new OnnxModel(imageSize);
    try (Progress.Task task = terminal().start("exporting", 0, networks.size(), "networks")) {
      int done = 0;
      for (RunDirectory each : networks.keySet()) {
        model.add(each.model().toString(), ModelFile.read(each.model()));
        task.at(++done);
      }
    }
    Map<String, String> metadata = OnnxMetadata.of(run, networks, imageSize);
    AtomicFile.write(
        target,
        channel -> model.write(Channels.newOutputStream(channel), Version.PNEUMA, metadata));
    terminal().result(file + ": " + Files.size(target) / 1_000_000 + " MB");
    return 0;
  }

  /** Of all networks, whose input is one. */
  private int imageSize(Map<RunDirectory, Recipe> networks) {
    Set<Integer> sizes =
        networks.values().stream()
            .map(recipe -> recipe.data().imageSize())
            .collect(Collectors.toSet());
    if (sizes.size() > 1) {
      throw new ConfigException(
          runFolder
              + ": its members take images of "
              + sizes.stream().sorted().map(String::valueOf).collect(Collectors.joining(", "))
              + " pixels, and one file takes one size; export the members, such as "
              + networks.keySet().iterator().next().root());
    }
    return sizes.iterator().next();
  }
}
