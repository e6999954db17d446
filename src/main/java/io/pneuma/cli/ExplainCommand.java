package io.pneuma.cli;

import io.pneuma.config.ConfigException;
import io.pneuma.evaluation.CheckedMaps;
import io.pneuma.explain.Explanations;
import io.pneuma.explain.Method;
import io.pneuma.explain.NotShownException;
import io.pneuma.explain.RunExplainer;
import io.pneuma.explain.RunExplainer.Explained;
import io.pneuma.explain.RunExplainer.Trained;
import io.pneuma.explain.RunMaps;
import io.pneuma.images.UnreadableImageException;
import io.pneuma.run.RunDirectory;
import io.pneuma.run.RunException;
import io.pneuma.training.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows where a network looked, by maps that have passed their checks on this very network. */
@Command(
    name = "explain",
    description =
        "Shows where the network of a trained run looked: maps of what speaks for a class, as"
            + " pictures, numbers and boxes.")
final class ExplainCommand extends Verb {
  @Option(names = "--run", paramLabel = "DIR", required = true, description = "The trained run.")
  private Path runFolder;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "The folder to write into; default ${DEFAULT-VALUE}.",
      defaultValue = "explained")
  private Path outFolder;

  @Option(
      names = "--method",
      paramLabel = "NAME",
      description = "hirescam (default), gradcam, layercam or rollout.")
  private String methodName;

  @Option(
      names = "--class",
      paramLabel = "NAME",
      description = "The class to be explained; default the answer.")
  private String className;

  @Option(
      names = "--show-failed",
      description =
          "Writes maps that have not passed their checks, too; page and JSON then say so.")
  private boolean showFailed;

  @Mixin private DicomOptions dicom;

  @Parameters(arity = "1..*", paramLabel = "IMAGE|FOLDER", description = Question.PLACES)
  private List<String> places;

  ExplainCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  public Integer call() throws IOException {
    RunDirectory run = TrainedRun.open(fromCaller(runFolder), terminal());
    Method method = method();
    List<String> labels = List.of(run.readJson(run.labels(), String[].class));
    if (className != null && !labels.contains(className)) {
      throw new ConfigException(
          "--class "
              + className
              + ": the run knows no such class; it knows "
              + String.join(", ", labels));
    }
    OptionalInt wanted =
        className == null ? OptionalInt.empty() : OptionalInt.of(labels.indexOf(className));
    List<Trained> members = dicom.with(trained(run));
    List<Question> questions = Question.of(places, terminal());
    Path out = fromCaller(outFolder);
    refuseOthers(out);
    startMachine();
    List<String> objections = objections(new RunMaps(run, members), method);
    if (!objections.isEmpty() && !showFailed) {
      throw new NotShownException(
          "the maps of this run are not shown, since by "
              + method.key()
              + " "
              + String.join("; ", objections)
              + "; --show-failed shows them nevertheless");
    }
    Files.createDirectories(out);
    int failures = 0;
    Explanations written = new Explanations(out, labels, method, objections);
    int imageSize = members.get(0).recipe().data().imageSize();
    try (RunExplainer explainer = new RunExplainer(run, members, method);
        Progress.Task task = terminal().start("explaining", 0, questions.size(), "images")) {
      for (int i = 0; i < questions.size(); i++) {
        Question asked = questions.get(i);
        String given = asked.given().toString();
        String problem = asked.problem();
        if (problem.isEmpty()) {
          try {
            Explained explained = explainer.explain(asked.file(), wanted);
            terminal().result(written.add(given, asked.file(), explained, imageSize));
          } catch (UnreadableImageException e) {
            problem = e.reason();
          }
        }
        if (!problem.isEmpty()) {
          failures++;
          written.addUnread(given, problem);
          terminal().result(given + ": error: " + problem);
        }
        task.at(i + 1);
      }
    }
    written.finish();
    terminal().result("page: " + out.resolve(Explanations.PAGE));
    return failures > 0 ? SOME_FAILED : 0;
  }

  /** Pictures could otherwise be written over a user's own. */
  private void refuseOthers(Path out) throws IOException {
    if (Files.exists(out) && !Files.isDirectory(out)) {
      throw new ConfigException("--out " + outFolder + ": is a file; expected a folder");
    }
    if (Files.exists(out) && !Files.exists(out.resolve(Explanations.SAID))) {
      try (Stream<Path> files = Files.list(out)) {
        if (files.findAny().isPresent()) {
          throw new ConfigException(
              "--out "
                  + outFolder
                  + ": holds other files than explain writes, which could be overwritten; choose a new"
                  + " folder");
        }
      }
    }
  }

  private Method method() {
    if (methodName == null) {
      return Method.DEFAULT;
    }
    return Method.of(methodName)
        .orElseThrow(
            () ->
                new ConfigException(
                    "--method "
                        + methodName
                        + ": there is no such method; expected "
                        + Arrays.stream(Method.values())
                            .map(Method::key)
                            .collect(Collectors.joining(", "))));
  }

  /** Why the maps may not be shown; they are checked where they have not been. */
  private List<String> objections(RunMaps maps, Method method) throws IOException {
    CheckedMaps checked;
    if (maps.known(method).isPresent()) {
      checked = maps.known(method).get();
    } else {
      try (Progress.Task task = terminal().start("checking maps", 0, maps.parts(), "parts")) {
        checked = maps.check(method, task::at, this::warn);
      } catch (RunMaps.NotAtHandException e) {
        return List.of(
            "they have not been checked, which needs the run's images: " + e.getMessage());
      }
      keep(maps, checked);
    }
    if (checked.notMade() != null) {
      throw new NotShownException(
          "there are no maps of this run by "
              + method.key()
              + ": "
              + checked.notMade()
              + "; try another --method");
    }
    return checked.failures();
  }

  /** A run that cannot be written to is explained all the same. */
  private void keep(RunMaps maps, CheckedMaps checked) {
    try {
      maps.keep(checked);
    } catch (RunException e) {
      terminal()
          .warning(
              "warning: what was found was not kept, so the next call checks again: "
                  + e.getMessage());
    }
  }
}
