package io.pneuma.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.pneuma.evaluation.OperatingPoint;
import io.pneuma.images.UnreadableImageException;
import io.pneuma.onednn.Form;
import io.pneuma.prediction.Predictor;
import io.pneuma.run.Csv;
import io.pneuma.run.RunDirectory;
import io.pneuma.training.Progress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Answers for images, one by one; a bad one does not stop the others. */
@Command(name = "predict", description = "Tells the class of images by a trained run.")
final class PredictCommand extends Verb {
  @Option(names = "--run", paramLabel = "DIR", required = true, description = "The trained run.")
  private Path runFolder;

  @Option(names = "--tta", description = PredictorOf.TTA)
  private boolean averaging;

  @Mixin private DicomOptions dicom;

  @ArgGroup private Form form = new Form();

  @Parameters(
      arity = "1..*",
      paramLabel = "IMAGE|FOLDER",
      description =
          "The images; of a folder all that are below it, in the order of their names, and no other"
              + " files.")
  private List<Path> places;

  /** How the answers are given, if not in plain lines. */
  private static final class Form {
    @Option(names = "--json", description = "One JSON object a line.")
    private boolean json;

    @Option(
        names = "--csv",
        paramLabel = "FILE",
        description = "A table with a row for each image, written whole at the end.")
    private Path csv;
  }

  private final List<List<String>> rows = new ArrayList<>();
  private int failures;

  PredictCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  public Integer call() throws IOException {
    RunDirectory run = TrainedRun.open(fromCaller(runFolder), terminal());
    recipeOf(run); // Refuses an edited one before anything is loaded.
    OutputFile.require("--csv", form.csv);
    List<Question> questions = Question.of(places, terminal());
    startMachine();
    Predictor predictor = PredictorOf.run(run, averaging, dicom, terminal());
    try (Progress.Task task = progress(questions.size())) {
      for (Question question : questions) {
        answer(question, predictor);
        task.at(rows.size());
      }
    }
    if (form.csv != null) {
      List<String> header = new ArrayList<>(List.of("file", "label"));
      predictor.labels().forEach(label -> header.add("probability_" + label));
      header.add("set");
      header.add("unfamiliar");
      header.add("error");
      rows.add(0, header);
      run.write(fromCaller(form.csv), Csv.write(rows));
      int answers = questions.size() - failures;
      terminal().result(form.csv + ": " + answers + " answers, " + failures + " errors");
    }
    return failures > 0 ? SOME_FAILED : 0;
  }

  /** Lines of answers are progress enough. */
  private Progress.Task progress(int images) {
    Progress shown = form.csv == null ? Progress.SILENT : terminal();
    return shown.start("predicting", 0, images, "images");
  }

  private void answer(Question question, Predictor predictor) throws IOException {
    String file = question.given().toString();
    try {
      if (!question.problem().isEmpty()) {
        fail(file, question.problem(), predictor.labels());
        return;
      }
      Predictor.Answer given = predictor.predict(question.file());
      double[] probabilities = given.probabilities();
      Map<String, Double> ranked = predictor.ranked(probabilities);
      OperatingPoint point = predictor.point();
      List<String> labels = predictor.labels();
      String label = labels.get(point.decision(labels).answer(probabilities));
      List<String> set =
          point.conformal() == null ? List.of() : point.conformal().set(labels, probabilities);
      List<String> row = new ArrayList<>(List.of(file, label));
      labels.forEach(name -> row.add(Csv.cell(ranked.get(name))));
      row.add(String.join("|", set));
      row.add(String.valueOf(given.unfamiliar()));
      row.add("");
      rows.add(row);
      Map<String, Object> answer = new LinkedHashMap<>();
      answer.put("file", file);
      answer.put("label", label);
      answer.put("probabilities", ranked);
      if (labels.size() == 2) {
        answer.put("threshold", point.threshold());
      }
      if (point.conformal() != null) {
        answer.put("set", set);
      }
      answer.put("unfamiliar", given.unfamiliar());
      boolean undecided = point.conformal() != null && set.size() != 1;
      show(
          answer,
          text(file, label, ranked)
              + (undecided ? " (undecided)" : "")
              + (given.unfamiliar() ? " (unlike the training images)" : ""));
    } catch (UnreadableImageException e) {
      fail(file, e.reason(), predictor.labels());
    }
  }

  private void fail(String file, String reason, List<String> labels) throws IOException {
    failures++;
    List<String> row = new ArrayList<>(List.of(file, ""));
    labels.forEach(label -> row.add(""));
    row.addAll(List.of("", "", reason));
    rows.add(row);
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("file", file);
    answer.put("error", reason);
    show(answer, file + ": error: " + reason);
  }

  private void show(Map<String, Object> answer, String text) throws IOException {
    if (form.csv == null) {
      terminal().out().println(form.json ? new ObjectMapper().writeValueAsString(answer) : text);
    }
  }

  /** The answer first, then what is left of its probability. */
  private static String text(String file, String label, Map<String, Double> ranked) {
    StringBuilder text = new StringBuilder(file + ":");
    text.append(String.format(Locale.ROOT, " %s %.4f", label, ranked.get(label)));
    ranked.forEach(
        (other, p) ->
            text.append(
                other.equals(label) ? "" : String.format(Locale.ROOT, " %s %.4f", other, p)));
    return text.toString();
  }
}
