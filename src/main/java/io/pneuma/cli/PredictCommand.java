package io.pneuma.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.pneuma.cluster.Cluster;
import io.pneuma.config.ConfigException;
import io.pneuma.config.Recipe.DicomRule;
import io.pneuma.explain.RunExplainer;
import io.pneuma.images.UnreadableImageException;
import io.pneuma.prediction.AnsweredFile;
import io.pneuma.prediction.AskedFile;
import io.pneuma.prediction.Predictor;
import io.pneuma.prediction.Reply;
import io.pneuma.prediction.Respondent;
import io.pneuma.prediction.Verdict;
import io.pneuma.run.Csv;
import io.pneuma.run.Manifest;
import io.pneuma.run.RunDirectory;
import io.pneuma.training.Progress;
import io.pneuma.weights.Digest;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Answers for images, in batches; a bad one does not stop the others. */
@Command(name = "predict", description = "Tells the class of images by a trained run.")
final class PredictCommand extends Verb {
  /** As many images as the compiled backbones take together, and an interruption may lose. */
  private static final int BATCH = 64;

  @Option(names = "--run", paramLabel = "DIR", required = true, description = "The trained run.")
  private Path runFolder;

  @Option(names = "--tta", description = PredictorOf.TTA)
  private boolean averaging;

  @Mixin private DicomOptions dicom;

  @Option(
      names = "--dicom-out",
      paramLabel = "DIR",
      description =
          "Also writes the answers for images in DICOM as DICOM, in the images' own studies: a"
              + " structured report, outlines where maps may be shown, and a picture.")
  private Path dicomOut;

  @Mixin private SparkOption spark;

  @ArgGroup private Form form = new Form();

  @Parameters(arity = "1..*", paramLabel = "IMAGE|FOLDER", description = Question.PLACES)
  private List<String> places;

  /** How the answers are given, if not in plain lines. */
  private static final class Form {
    @Option(names = "--json", description = "One JSON object a line.")
    private boolean json;

    @Option(
        names = "--csv",
        paramLabel = "FILE",
        description =
            "A table with a row for each image, written whole at the end. Until then the answers are in"
                + " FILE.partial, with which the same call goes on after an interruption.")
    private Path csv;
  }

  private int failures;
  private DicomOut written;

  PredictCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  public Integer call() throws IOException {
    RunDirectory run = TrainedRun.open(fromCaller(runFolder), terminal());
    recipeOf(run); // Refuses an edited one before anything is loaded.
    OutputFile.require("--csv", form.csv);
    Path objects = objects();
    DicomOut.require(dicomOut);
    if (objects != null) {
      spark.refuse("--dicom-out: the objects are written by one machine; leave one of the two out");
    }
    List<Question> questions = Question.of(places, terminal());
    startMachine();
    try (Predictor predictor = PredictorOf.run(run, averaging, dicom, terminal())) {
      if (objects == null) {
        try (Cluster cluster = spark.open("predict", terminal())) {
          answer(run, questions, predictor, cluster.respondent(predictor));
        }
      } else {
        List<RunExplainer.Trained> members = dicom.with(trained(run));
        try (ReplierOf replies = ReplierOf.run(run, members)) {
          terminal().line("outlines: " + replies.outlines());
          DicomRule rule = members.get(0).recipe().data().dicom();
          written = new DicomOut(objects, rule, replies.with(predictor));
          answer(run, questions, predictor, predictor::answer);
        }
      }
    }
    return failures > 0 ? SOME_FAILED : 0;
  }

  /** The folder for objects of DICOM; null for none. */
  private Path objects() {
    return dicomOut == null ? null : fromCaller(dicomOut);
  }

  private void answer(
      RunDirectory run, List<Question> questions, Predictor predictor, Respondent respondent)
      throws IOException {
    if (form.csv == null) {
      answer(
          questions,
          0,
          predictor,
          respondent,
          (question, reply) -> show(question, reply, predictor));
    } else {
      writeTable(run, questions, predictor, respondent);
    }
  }

  /** Takes the reply to a question. */
  private interface Replies {
    void accept(Question question, Reply reply) throws IOException;
  }

  /** How many images are answered together. */
  private static int batch(List<Question> questions) {
    return Math.min(BATCH, questions.size());
  }

  /**
   * Asks in order; for a single image nothing is compiled, nor another machine asked.
   *
   * @param from the first question that is asked
   */
  private void answer(
      List<Question> questions, int from, Predictor predictor, Respondent respondent, Replies each)
      throws IOException {
    if (questions.size() == 1 && from == 0 && questions.get(0).problem().isEmpty()) {
      Reply reply;
      try {
        reply = new Reply(predictor.predict(questions.get(0).file()), null);
      } catch (UnreadableImageException e) {
        reply = new Reply(null, e);
      }
      each.accept(questions.get(0), stored(questions.get(0), reply));
      return;
    }
    Iterator<Question> asked = questions.listIterator(from);
    List<AskedFile> files = questions.stream().skip(from).map(Question::asked).toList();
    respondent.answer(
        files,
        batch(questions),
        reply -> {
          Question question = asked.next();
          each.accept(question, stored(question, reply));
        });
  }

  /** The reply once it is among the objects of DICOM, or why it cannot be. */
  private Reply stored(Question question, Reply reply) throws IOException {
    if (written == null || reply.problem() != null) {
      return reply;
    }
    try {
      written.write(question.file(), reply.answer());
      return reply;
    } catch (UnreadableImageException e) {
      return new Reply(null, e);
    }
  }

  /** Answers what an earlier call has not answered yet, and then writes the table. */
  private void writeTable(
      RunDirectory run, List<Question> questions, Predictor predictor, Respondent respondent)
      throws IOException {
    Path table = fromCaller(form.csv);
    requireOurs(table);
    String of =
        Digest.sha256(identity(run, predictor, averaging, dicom.rule(), objects(), questions));
    int batch = batch(questions);
    try (PartialTable partial = new PartialTable(table, of, batch, terminal())) {
      int there = partial.rows().size();
      if (there > 0) {
        terminal().line(form.csv + ": goes on after " + there + " of " + questions.size());
      }
      try (Progress.Task task = terminal().start("predicting", there, questions.size(), "images")) {
        answer(
            questions,
            there,
            predictor,
            respondent,
            (question, reply) -> {
              partial.add(row(question, reply, predictor));
              task.at(partial.rows().size());
            });
      }
      List<List<String>> rows = new ArrayList<>(List.of(header(predictor.labels())));
      rows.addAll(partial.rows());
      run.write(table, Csv.write(rows));
      partial.delete();
      int columns = rows.get(0).size();
      rows.remove(0);
      failures = (int) rows.stream().filter(row -> !row.get(columns - 1).isEmpty()).count();
    }
    int answers = questions.size() - failures;
    terminal().result(form.csv + ": " + answers + " answers, " + failures + " errors");
  }

  /**
   * All that a table depends on: the program, the networks, how they decide, and the images by
   * their sizes and times.
   */
  static byte[] identity(
      RunDirectory run,
      Predictor predictor,
      boolean averaging,
      DicomRule rule,
      Path objects,
      List<Question> questions)
      throws IOException {
    List<Object> parts = new ArrayList<>();
    parts.add(Version.PNEUMA);
    parts.add(String.valueOf(Manifest.projectCommit(home())));
    for (RunDirectory member : run.networks()) {
      parts.add(Digest.sha256(member.model()));
    }
    parts.add(predictor.point());
    parts.add(averaging);
    parts.add(rule);
    parts.add(String.valueOf(objects));
    for (Question question : questions) {
      parts.add(List.of(question.given().toString(), question.problem(), question.state()));
    }
    return new ObjectMapper().writeValueAsBytes(parts);
  }

  /** Refuses to write over a table that predict did not write: it may hold labels. */
  private void requireOurs(Path table) throws IOException {
    if (!Files.exists(table) || Files.size(table) == 0) {
      return;
    }
    try (BufferedReader reader = Files.newBufferedReader(table, StandardCharsets.ISO_8859_1)) {
      String first = reader.readLine();
      if (first == null || !first.startsWith("file,label,probability_")) {
        throw new ConfigException(
            "--csv "
                + form.csv
                + ": is there already, and no table that predict wrote; name another");
      }
    }
  }

  private static List<String> header(List<String> labels) {
    List<String> header = new ArrayList<>(List.of("file", "label"));
    labels.forEach(label -> header.add("probability_" + label));
    header.addAll(List.of("set", "unfamiliar", "error"));
    return header;
  }

  private static List<String> row(Question question, Reply reply, Predictor predictor) {
    List<String> labels = predictor.labels();
    List<String> row = new ArrayList<>(List.of(question.given().toString()));
    if (reply.problem() == null) {
      row.addAll(cells(reply.answer(), predictor));
      row.add("");
    } else {
      row.addAll(Collections.nCopies(labels.size() + 3, ""));
      row.add(reply.problem().reason());
    }
    return row;
  }

  /** What a table says of an image between its name and an error. */
  private static List<String> cells(Predictor.Answer given, Predictor predictor) {
    Verdict verdict = predictor.verdict(given);
    List<String> cells = new ArrayList<>(List.of(verdict.label()));
    for (double probability : given.probabilities()) {
      cells.add(Csv.cell(probability));
    }
    cells.add(verdict.set() == null ? "" : String.join("|", verdict.set()));
    cells.add(String.valueOf(verdict.unfamiliar()));
    return cells;
  }

  private void show(Question question, Reply reply, Predictor predictor) throws IOException {
    String file = question.given().toString();
    if (reply.problem() != null) {
      failures++;
      print(
          new AnsweredFile(file, null, reply.problem().reason()),
          file + ": error: " + reply.problem().reason());
      return;
    }
    Verdict verdict = predictor.verdict(reply.answer());
    print(
        new AnsweredFile(file, verdict, null),
        text(file, verdict)
            + (verdict.isUndecided() ? " (undecided)" : "")
            + (verdict.unfamiliar() ? " (unlike the training images)" : ""));
  }

  private void print(AnsweredFile answer, String text) throws IOException {
    terminal().out().println(form.json ? new ObjectMapper().writeValueAsString(answer) : text);
  }

  /** The answer first, then what is left of its probability. */
  private static String text(String file, Verdict verdict) {
    String label = verdict.label();
    StringBuilder text = new StringBuilder(file + ":");
    text.append(String.format(Locale.ROOT, " %s %.4f", label, verdict.probabilities().get(label)));
    verdict
        .probabilities()
        .forEach(
            (other, p) ->
                text.append(
                    other.equals(label) ? "" : String.format(Locale.ROOT, " %s %.4f", other, p)));
    return text.toString();
  }
}
