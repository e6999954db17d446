package io.pneuma.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.Chromium;
import io.pneuma.evaluation.Answers;
import io.pneuma.evaluation.CheckedMaps;
import io.pneuma.evaluation.Conformal;
import io.pneuma.evaluation.Heard;
import io.pneuma.evaluation.MadeUpAnswers;
import io.pneuma.evaluation.MapVerdict;
import io.pneuma.evaluation.MapVerdict.Mean;
import io.pneuma.evaluation.MapVerdict.Shuffled;
import io.pneuma.evaluation.Measurement;
import io.pneuma.evaluation.Measurement.Unfamiliar;
import io.pneuma.evaluation.OperatingPoint;
import io.pneuma.evaluation.Shortcut;
import io.pneuma.evaluation.Shortcuts;
import io.pneuma.report.ReportData.Picture;
import io.pneuma.report.ReportData.Row;
import io.pneuma.report.ReportData.SplitData;
import io.pneuma.run.History;
import io.pneuma.run.Json;
import io.pneuma.run.RunException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Reports of made-up answers: what they say must follow from what they carry. */
class ReportPageTest {
  private static final String HOSTILE = "</script><b>\"&'";

  @TempDir private Path folder;

  /** Two images of each patient, a subgroup with sick patients alone, and an unknown value. */
  private static ReportData data(int classes) {
    Answers made = classes == 2 ? MadeUpAnswers.ofTwoClasses() : MadeUpAnswers.ofThreeClasses();
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < made.size(); i++) {
      String cause = made.labels()[i] == 1 ? i % 3 == 0 ? "virus" : "bacteria" : "";
      rows.add(
          new Row(
              HOSTILE + i + ".png",
              made.labels()[i],
              "p" + i / 2,
              Arrays.stream(made.probabilities()[i]).boxed().toList(),
              i / 10.0,
              new TreeMap<>(Map.of("sex", i % 4 < 2 ? "F" : "M", "cause", cause))));
    }
    SplitData bare = new SplitData(rows, null, Map.of());
    Answers answers = bare.answers(made.classes());
    OperatingPoint point =
        new OperatingPoint(
            classes == 2 ? "ill" : null, 0.4, "youden", 1.5, Conformal.fit(answers, 0.8));
    Map<String, List<String>> attributes =
        Map.of(
            "sex", rows.stream().map(row -> row.attributes().get("sex")).toList(),
            "cause", rows.stream().map(row -> row.attributes().get("cause")).toList());
    Measurement measured =
        Measurement.of(answers, attributes, point, 3)
            .with(2, Unfamiliar.of(rows.stream().map(Row::distance).toList(), 5));
    ReportData data =
        new ReportData(
            HOSTILE,
            made.classes(),
            point,
            "3",
            new TreeMap<>(Map.of("test", new SplitData(rows, measured, Map.of()))),
            List.of(
                List.of("split", "images", "patients"),
                List.of("train", "60", "30"),
                List.of("validation", "60", "30"),
                List.of("test", "60", "30")),
            List.of(
                new History.Epoch(1, 0.001, 0.7, 0.6, Map.of("rocAuc", 0.8), 1),
                new History.Epoch(2, 0.001, 0.5, 0.6, Map.of("rocAuc", 0.9), 1)),
            Map.of("1 worst errors", List.of(new Picture(HOSTILE, "is ill", "AAAA", "BBBB"))),
            List.of(new Heard(HOSTILE, 0.2, 0.8, 0.7), new Heard("b", 0.1, 0.8, 0.75)),
            new Shortcuts(60, 30, List.of(new Shortcut(HOSTILE + ": x", 0.7, 0.6, 0.8))),
            null,
            Map.of("Seed", "3"),
            "seed: 3 # " + HOSTILE + "\n");
    SplitData split = data.splits().get("test");
    data.splits().put("test", new SplitData(rows, measured, Collected.curves(data, split)));
    return Json.read("made up", Json.inOneLine(data), ReportData.class);
  }

  private Path page(String html) throws IOException {
    return Files.writeString(folder.resolve("report.html"), html);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void whatItSaysFollowsFromWhatItCarries(int classes) throws IOException {
    assertEquals(List.of(), Reports.disagreements(page(ReportPage.of(data(classes)))));
  }

  @Test
  void whatWasChangedIsFound() throws IOException {
    String html = ReportPage.of(data(2));
    String accuracy = html.replaceFirst("\"accuracy\":[0-9.]+", "\"accuracy\":0.99");
    List<String> stated = Reports.disagreements(page(accuracy));
    assertTrue(stated.get(0).startsWith("test.accuracy is stated as 0.99; 0."), stated.toString());

    String curve =
        html.replaceFirst("\"roc\":\\[\\{\"x\":0.0,\"y\":[0-9.]+", "\"roc\":[{\"x\":0.0,\"y\":1.0");
    stated = Reports.disagreements(page(curve));
    assertTrue(stated.get(0).startsWith("test.curves.ill.roc[0].y"), stated.toString());

    String text = html.replace("<h2>Scores</h2>", "<h2>Splendid scores</h2>");
    stated = Reports.disagreements(page(text));
    assertTrue(stated.get(0).contains("the text of the page is not the one"), stated.toString());

    String probability = html.replaceFirst("\"p\":\\[[0-9.]+,[0-9.]+\\]", "\"p\":[0.01,0.99]");
    assertFalse(Reports.disagreements(page(probability)).isEmpty());
  }

  @Test
  void shortcutsAreAWarningOrSaidToBeNone() {
    String told = ReportPage.of(data(2));
    assertTrue(told.contains("told with a ROC AUC of 0.700 [0.600, 0.800] by "));
    assertTrue(told.contains("<p class=\"warning\">Warning: without any anatomy"));

    String none =
        ReportPage.of(with(new Shortcuts(60, 30, List.of(new Shortcut("a", 0.5, 0.4, 0.6)))));
    assertTrue(
        none.contains("tells the classes of the training and validation images beyond chance"));
    assertFalse(none.contains("class=\"warning\""));

    String unmeasured = ReportPage.of(with(null));
    assertTrue(unmeasured.contains("alone tell the classes was not measured when this"));
    String tooFew = ReportPage.of(with(new Shortcuts(3, 2, List.of())));
    assertTrue(tooFew.contains("could not be measured: each class needs"));
  }

  @Test
  void mapsThatFailedAreNotCalledBelievable() {
    Mean good = new Mean(0.9, 0.8, 1, 20);
    Mean none = new Mean(0, -0.1, 0.1, 20);
    MapVerdict sound =
        new MapVerdict(32, 20, List.of(new Shuffled("all layers", none)), good, good, good, null);
    String shown =
        ReportPage.of(with(null, new CheckedMaps(CheckedMaps.SHOWN, List.of(sound), null)));
    assertTrue(shown.contains("Coloured is what speaks for the answer"), shown);
    assertTrue(shown.contains("0.90 [0.80, 1.00]"), shown);

    MapVerdict stubborn =
        new MapVerdict(32, 20, List.of(new Shuffled("all layers", good)), good, good, good, null);
    String refused =
        ReportPage.of(with(null, new CheckedMaps(CheckedMaps.SHOWN, List.of(stubborn), null)));
    assertTrue(refused.contains("are not shown: they stay too much the same"), refused);
    assertFalse(refused.contains("Coloured is what speaks for the answer"), refused);

    assertTrue(ReportPage.of(data(2)).contains("have not been checked, and are not shown"));
  }

  private static ReportData with(Shortcuts shortcuts) {
    return with(shortcuts, null);
  }

  private static ReportData with(Shortcuts shortcuts, CheckedMaps maps) {
    ReportData it = data(2);
    return new ReportData(
        it.run(),
        it.classes(),
        it.point(),
        it.seed(),
        it.splits(),
        it.images(),
        it.history(),
        it.gallery(),
        it.heard(),
        shortcuts,
        maps,
        it.facts(),
        it.recipe());
  }

  @Test
  void whatIsNoReportIsRefused() throws IOException {
    Path file = page("<html></html>");
    String message =
        assertThrows(RunException.class, () -> Reports.disagreements(file)).getMessage();
    assertEquals(
        file + ": is no report; expected a report.html that ./run.sh report has written", message);
    Path bytes = Files.write(folder.resolve("bytes"), new byte[] {(byte) 0xff, (byte) 0xfe, 1});
    assertTrue(
        assertThrows(RunException.class, () -> Reports.disagreements(bytes))
            .getMessage()
            .contains("it is not UTF-8 text"));
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void aBrowserFindsTheSameAndThePageFitsAPhone(int classes) throws IOException {
    String html = ReportPage.of(data(classes));
    Path whole = page(html);
    Path changed = folder.resolve("changed.html");
    Files.writeString(changed, html.replaceFirst("\"mcc\":[0-9.]+", "\"mcc\":0.99"));
    try (Chromium browser = Chromium.start(folder.resolve("profile"))) {
      browser.open(whole.toUri());
      String said = press(browser);
      assertTrue(said.matches("All \\d+ numbers follow from .*"), said);
      int numbers = Integer.parseInt(said.replaceAll("\\D", ""));
      assertTrue(numbers > 500, said);
      browser.resize(360, 740);
      assertEquals(
          true,
          browser.await(
              "document.documentElement.scrollWidth <= document.documentElement.clientWidth"));
      browser.open(changed.toUri());
      said = press(browser);
      assertTrue(said.contains("1 of " + numbers + " numbers do not follow: test mcc"), said);
      assertEquals(List.of(), browser.complaints());
      assertEquals(
          List.of(),
          browser.requests().stream().filter(address -> address.startsWith("http")).toList());
    }
  }

  private static String press(Chromium browser) {
    browser.await("(document.getElementById('verify').click(), true)");
    return (String)
        browser.await(
            "!document.getElementById('verify').disabled && document.getElementById('agreement').textContent");
  }
}
