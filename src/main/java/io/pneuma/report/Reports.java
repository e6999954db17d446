package io.pneuma.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pneuma.evaluation.Measurement;
import io.pneuma.evaluation.Measurement.Unfamiliar;
import io.pneuma.report.ReportData.SplitData;
import io.pneuma.run.Json;
import io.pneuma.run.RunDirectory;
import io.pneuma.run.RunException;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** Writes reports, and proves them. */
public final class Reports {
  private static final double AGREES = 1e-9;

  private Reports() {}

  /**
   * Writes {@code report.html} of a run that has ended.
   *
   * @param seed of the run's recipe
   * @return the file
   * @throws RunException when the run has nothing to report yet
   */
  public static Path write(RunDirectory run, long seed) {
    // As a reader of the page will have it: what was never written down makes no difference.
    String carried = Json.inOneLine(Collected.of(run, seed));
    run.write(
        run.report(), ReportPage.of(Json.read(run.report().toString(), carried, ReportData.class)));
    return run.report();
  }

  /**
   * The images that the report of a run that has ended shows: files by the hashes of what they
   * held.
   */
  public static Map<String, Path> pictured(RunDirectory run) {
    return Collected.pictured(run);
  }

  /**
   * What a report states that does not follow from the predictions that it carries; nothing where
   * all of it does.
   *
   * @throws RunException when the file is no report
   */
  public static List<String> disagreements(Path file) {
    String page;
    try {
      page = Files.readString(file);
    } catch (MalformedInputException e) {
      throw new RunException(file + ": is no report.html: it is not UTF-8 text");
    } catch (IOException e) {
      throw new RunException(file + ": cannot be read: " + e.getMessage(), e);
    }
    ReportData data = ReportPage.data(file.toString(), page);
    List<String> differences = new ArrayList<>();
    for (Map.Entry<String, SplitData> split : data.splits().entrySet()) {
      Measurement stated = split.getValue().measured();
      compare(split.getKey(), tree(stated), tree(again(data, split.getValue())), differences);
      if (split.getKey().equals(data.shown())) {
        compare(
            split.getKey() + ".curves",
            tree(split.getValue().curves()),
            tree(Collected.curves(data, split.getValue())),
            differences);
      }
    }
    if (differences.isEmpty() && !ReportPage.of(data).equals(page)) {
      differences.add(
          "the text of the page is not the one that its data make; it was changed, or another version"
              + " of Pneuma wrote it");
    }
    return differences;
  }

  /** Measured anew, by the definition that the run itself was measured by. */
  static Measurement again(ReportData data, SplitData split) {
    Measurement stated = split.measured();
    List<Double> distances = split.rows().stream().map(ReportData.Row::distance).toList();
    Map<String, List<String>> attributes = new TreeMap<>();
    for (String name : split.rows().get(0).attributes().keySet()) {
      attributes.put(name, split.rows().stream().map(row -> row.attributes().get(name)).toList());
    }
    Measurement measured =
        Measurement.of(
            split.answers(data.classes()), attributes, data.point(), Long.parseLong(data.seed()));
    return stated.seenInTraining() == null || stated.unfamiliar() == null
        ? measured
        : measured.with(
            stated.seenInTraining(), Unfamiliar.of(distances, stated.unfamiliar().threshold()));
  }

  private static JsonNode tree(Object stated) {
    return Json.read("report", Json.inOneLine(stated), JsonNode.class);
  }

  private static void compare(
      String place, JsonNode stated, JsonNode follows, List<String> differences) {
    if (stated.isNumber() && follows.isNumber()) {
      double apart = Math.abs(stated.asDouble() - follows.asDouble());
      if (!(apart <= AGREES)) {
        differences.add(place + " is stated as " + stated + "; " + follows + " follows");
      }
    } else if (stated.isContainerNode()
        && stated.getNodeType() == follows.getNodeType()
        && stated.isObject()) {
      TreeSet<String> names = new TreeSet<>();
      stated.fieldNames().forEachRemaining(names::add);
      follows.fieldNames().forEachRemaining(names::add);
      for (String name : names) {
        compare(place + "." + name, stated.path(name), follows.path(name), differences);
      }
    } else if (stated.isArray() && follows.isArray() && stated.size() == follows.size()) {
      Iterator<JsonNode> other = follows.iterator();
      int index = 0;
      for (JsonNode each : stated) {
        compare(place + "[" + index++ + "]", each, other.next(), differences);
      }
    } else if (!stated.equals(follows)) {
      differences.add(
          place + " is stated as " + shown(stated) + "; " + shown(follows) + " follows");
    }
  }

  private static String shown(JsonNode node) {
    return node.isMissingNode() ? "nothing" : new ObjectMapper().valueToTree(node).toString();
  }
}
