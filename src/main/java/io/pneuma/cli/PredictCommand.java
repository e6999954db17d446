package io.pneuma.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.pneuma.config.Recipe;
import io.pneuma.images.UnreadableImageException;
import io.pneuma.prediction.Predictor;
import io.pneuma.run.RunDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Answers for images, one by one; a bad one does not stop the others. */
@Command(name = "predict", description = "Tells the class of images by a trained run.")
final class PredictCommand extends Verb {
  @Option(names = "--run", paramLabel = "DIR", required = true, description = "The trained run.")
  private Path runFolder;

  @Option(names = "--json", description = "One JSON object a line.")
  private boolean json;

  @Parameters(arity = "1..*", paramLabel = "IMAGE", description = "The images.")
  private List<Path> images;

  PredictCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  public Integer call() throws IOException {
    RunDirectory run = RunDirectory.open(fromCaller(runFolder));
    Recipe recipe = recipeOf(run);
    startMachine();
    Predictor predictor = Predictor.load(run, recipe);
    int exitCode = 0;
    for (Path image : images) {
      Map<String, Object> answer = new LinkedHashMap<>();
      answer.put("file", image.toString());
      try {
        Map<String, Double> ranked = predictor.ranked(predictor.predict(image));
        answer.put("label", ranked.keySet().iterator().next());
        answer.put("probabilities", ranked);
        show(answer, text(image, ranked));
      } catch (UnreadableImageException e) {
        exitCode = SOME_FAILED;
        answer.put("error", e.reason());
        show(answer, image + ": error: " + e.reason());
      }
    }
    return exitCode;
  }

  private void show(Map<String, Object> answer, String text) throws IOException {
    terminal().out().println(json ? new ObjectMapper().writeValueAsString(answer) : text);
  }

  private static String text(Path image, Map<String, Double> ranked) {
    StringBuilder text = new StringBuilder(image + ":");
    ranked.forEach((label, p) -> text.append(String.format(Locale.ROOT, " %s %.4f", label, p)));
    return text.toString();
  }
}
