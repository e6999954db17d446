package io.pneuma.report;

import io.pneuma.evaluation.Calibration.Bin;
import io.pneuma.evaluation.Curves.Point;
import io.pneuma.evaluation.Heard;
import io.pneuma.evaluation.Intervals;
import io.pneuma.evaluation.MapVerdict;
import io.pneuma.evaluation.Measurement;
import io.pneuma.evaluation.Metrics;
import io.pneuma.evaluation.Shortcut;
import io.pneuma.evaluation.Subgroup;
import io.pneuma.report.ReportData.ClassCurves;
import io.pneuma.report.ReportData.Picture;
import io.pneuma.report.ReportData.Row;
import io.pneuma.report.ReportData.SplitData;
import io.pneuma.run.History;
import io.pneuma.run.Json;
import io.pneuma.run.RunException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/** The page of a report: made of its data alone, and always the same. */
final class ReportPage {
  private static final String DATA = "<script type=\"application/json\" id=\"data\">";
  private static final String END = "</script>";
  private static final int HISTOGRAM_BINS = 20;

  private final ReportData data;
  private final SplitData shown;
  private final Measurement measured;
  private final List<String> classes;

  private ReportPage(ReportData data) {
    this.data = data;
    this.shown = data.splits().get(data.shown());
    this.measured = shown.measured();
    this.classes = data.classes();
  }

  static String of(ReportData data) {
    return new ReportPage(data).html();
  }

  /**
   * The data that a page carries.
   *
   * @param where the page stands, for messages
   * @throws RunException when it carries none
   */
  static ReportData data(String where, String page) {
    int from = page.indexOf(DATA);
    int to = page.indexOf(END, Math.max(0, from));
    if (from < 0 || to < 0) {
      throw new RunException(
          where + ": is no report; expected a report.html that ./run.sh report has written");
    }
    return Json.read(where, page.substring(from + DATA.length(), to), ReportData.class);
  }

  private String html() {
    String json = Json.inOneLine(data).replace("<", "\\u003c");
    return """
        %s<body>
        <header>
        <h1>%s</h1>
        <p>%s</p>%s
        <p><button id="verify" type="button">Recompute every score and interval here</button>
        <output id="agreement" aria-live="polite"></output></p>
        <nav aria-label="Contents"><a href="#scores">Scores</a> <a href="#curves">Curves</a> <a href="#subgroups">Subgroups</a> %s<a href="#errors">Errors</a> <a href="#data-used">Data</a> <a href="#shortcuts">Shortcuts</a> <a href="#limits">Limits</a> <a href="#card">Model card</a> <a href="#checklist">Checklist</a> <a href="#provenance">Provenance</a></nav>
        </header>
        <main>
        <section id="scores"><h2>Scores</h2>%s</section>
        <section id="curves"><h2>Curves of the %s split</h2><div class="figures">%s</div></section>
        <section id="subgroups"><h2>Subgroups of the %s split</h2>%s</section>
        %s<section id="errors"><h2>Errors and hits of the %s split</h2>%s%s</section>
        <section id="data-used"><h2>Data</h2>%s</section>
        <section id="shortcuts"><h2>Shortcuts</h2>%s</section>
        <section id="limits"><h2>Limits</h2>%s</section>
        <section id="card"><h2>Model card</h2><p>Fields after the Coalition for Health AI's applied model card.</p>%s</section>
        <section id="checklist"><h2>Checklist</h2><p>After TRIPOD+AI (2024) and CLAIM (2024).</p>%s</section>
        <section id="provenance"><h2>Provenance</h2>%s<details><summary>The recipe</summary><pre>%s</pre></details></section>
        </main>
        %s%s%s
        <script>
        %s</script>
        </body>
        </html>
        """
        .formatted(
            Html.head(data.run() + ": report", Html.SLIDER_STYLE),
            Html.text(data.run()),
            Html.text(summary()),
            warning(),
            data.heard().isEmpty() ? "" : "<a href=\"#backbones\">Backbones</a> ",
            scores(),
            data.shown(),
            figures(),
            data.shown(),
            subgroups(),
            backbones(),
            data.shown(),
            maps(),
            gallery(),
            Html.table(data.images()),
            shortcuts(),
            limits(),
            Html.terms(Forms.modelCard(data)),
            Html.terms(Forms.checklist(data)),
            Html.terms(provenance()),
            Html.text(data.recipe()),
            DATA,
            json,
            END,
            Html.resource("report.js") + Html.SLIDER_SCRIPT);
  }

  private String summary() {
    String name = data.point().positiveClass();
    return String.format(
        Locale.ROOT,
        "A classifier that tells %s. On %d %s images of %d patients: ROC AUC %s, accuracy %s.",
        name == null
            ? "apart " + String.join(", ", classes)
            : name
                + " from "
                + String.join(", ", classes.stream().filter(each -> !each.equals(name)).toList()),
        measured.metrics().n(),
        data.shown(),
        measured.patients(),
        Html.number(measured.metrics().rocAuc(), measured.ci95().get("rocAuc")),
        Html.number(measured.metrics().accuracy(), measured.ci95().get("accuracy")));
  }

  private String warning() {
    boolean told = data.shortcuts() != null && data.shortcuts().warning().isPresent();
    return told
        ? """

            <p class="warning">%s <a href="#shortcuts">What that means.</a></p>"""
            .formatted(Html.text(Forms.shortcuts(data)))
        : "";
  }

  private String shortcuts() {
    String said = Html.text(Forms.shortcuts(data));
    if (data.shortcuts() == null || data.shortcuts().traits().isEmpty()) {
      return "<p>" + said + "</p>";
    }
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("trait", "ROC AUC, 95 % interval by patients", ""));
    for (Shortcut each : data.shortcuts().traits()) {
      rows.add(
          List.of(
              each.trait(),
              Html.number(each.rocAuc(), new double[] {each.low(), each.high()}),
              each.beyondChance() ? "beyond chance" : ""));
    }
    return """
        <p%s>%s</p>%s
        <p>A probe learns from the trait alone, and answers for patients it has not learnt from; 0.5 is chance. A network can learn what a probe can, and then fails where trait and disease do not go together. A trait may tell the classes because they were collected apart, or because the disease changes it: whoever knows the images must say which. Measured on %d training and validation images of %d patients when training began; not recomputed from this page. <code>data audit</code> shows such images.</p>"""
        .formatted(
            data.shortcuts().warning().isPresent() ? " class=\"warning\"" : "",
            said,
            Html.table(rows),
            data.shortcuts().images(),
            data.shortcuts().patients());
  }

  private String scores() {
    List<List<String>> rows = new ArrayList<>();
    List<String> header = new ArrayList<>(List.of("score, 95 % interval by patients"));
    header.addAll(data.splits().keySet());
    rows.add(header);
    for (String name : Metrics.names()) {
      row(rows, name, m -> Html.number(m.metrics().get(name), m.ci95().get(name)));
    }
    if (measured.at05() != null && measured.at05().threshold() != measured.metrics().threshold()) {
      for (String name : List.of("recall", "specificity", "accuracy")) {
        row(rows, name + " at 0.5", m -> Html.number(m.at05().get(name)));
      }
    }
    row(rows, "images", m -> "" + m.metrics().n());
    row(rows, "patients", m -> "" + m.patients());
    if (measured.brierParts() != null) {
      row(rows, "Brier: reliability", m -> Html.number(m.brierParts().reliability()));
      row(rows, "Brier: resolution", m -> Html.number(m.brierParts().resolution()));
      row(rows, "Brier: uncertainty", m -> Html.number(m.brierParts().uncertainty()));
    }
    if (measured.conformal() != null) {
      row(rows, "prediction sets that hold the truth", m -> Html.number(m.conformal().coverage()));
      row(rows, "undecided images", m -> Html.number(m.conformal().undecided()));
    }
    if (measured.unfamiliar() != null) {
      row(rows, "images unlike those of training", m -> "" + m.unfamiliar().images());
    }
    if (measured.seenInTraining() != null) {
      row(rows, "images that were trained on", m -> "" + m.seenInTraining());
    }
    return Html.table(rows)
        + "<p>"
        + Html.text(decision())
        + "</p><h3>Answers by true class, "
        + data.shown()
        + "</h3>"
        + Html.table(matrix())
        + "<h3>Each class against the rest, "
        + data.shown()
        + "</h3>"
        + Html.table(perClass());
  }

  private String subgroups() {
    if (measured.subgroups() == null) {
      return "<p>None are known: <code>data.attributes</code> of the recipe names a table, or tells"
          + " from the files' names, such as sex, age, view or site.</p>";
    }
    StringBuilder html = new StringBuilder();
    measured
        .subgroups()
        .forEach(
            (attribute, byValue) -> {
              List<List<String>> rows = new ArrayList<>();
              rows.add(
                  List.of(
                      attribute,
                      "images",
                      "patients",
                      "accuracy",
                      "recall",
                      "specificity",
                      "precision",
                      "ROC AUC"));
              int images = 0;
              for (Map.Entry<String, Subgroup> group : byValue.entrySet()) {
                Subgroup it = group.getValue();
                images += it.images();
                List<String> row = new ArrayList<>();
                row.add(
                    group.getKey()
                        + (it.patients() < Subgroup.FEW ? " (fewer than 30 patients)" : ""));
                row.addAll(List.of("" + it.images(), "" + it.patients()));
                Subgroup.SCORES.forEach(
                    name -> row.add(Html.number(it.score(name), it.ci95().get(name))));
                rows.add(row);
              }
              html.append(Html.table(rows));
              int unknown = measured.metrics().n() - images;
              html.append(unknown > 0 ? "<p>Not known of " + unknown + " images.</p>" : "");
            });
    return html
        + "<p>At the threshold of all images. A score that a subgroup has no image to tell, such as the"
        + " specificity where all are ill, is undefined. Fewer than 30 patients tell little.</p>";
  }

  private String backbones() {
    if (data.heard().isEmpty()) {
      return "";
    }
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("backbone", "probability that moves", "ROC AUC then", "ROC AUC lost"));
    for (Heard heard : data.heard()) {
      rows.add(
          List.of(
              heard.backbone(),
              Html.number(heard.moved()),
              Html.number(heard.dealtRocAuc()),
              Html.number(heard.rocAuc() - heard.dealtRocAuc())));
    }
    return """
        <section id="backbones"><h2>How much each backbone is listened to</h2>%s
        <p>When a backbone sees another patient's image in place of the right one, while the others see the right one: the share of the probability that moves to other classes, and the ROC AUC; validation, mean of five deals. Measured with the network when training ended; not recomputed from this page.</p></section>
        """
        .formatted(Html.table(rows));
  }

  private interface Cell {
    String of(Measurement measured);
  }

  private void row(List<List<String>> rows, String name, Cell cell) {
    List<String> row = new ArrayList<>(List.of(name));
    data.splits().values().forEach(split -> row.add(cell.of(split.measured())));
    rows.add(row);
  }

  private String decision() {
    if (data.point().positiveClass() == null || classes.size() != 2) {
      return "The answer is the class of the greatest probability.";
    }
    return String.format(
        Locale.ROOT,
        "The answer is %s from a probability of %.4f on (rule: %s%s). Temperature of the logits: %.4f.",
        data.point().positiveClass(),
        data.point().threshold(),
        data.point().rule(),
        data.point().rule().matches("[0-9.]+") ? "" : ", chosen on validation",
        data.point().temperature());
  }

  private List<List<String>> matrix() {
    List<List<String>> rows = new ArrayList<>();
    List<String> header = new ArrayList<>(List.of("true class"));
    classes.forEach(name -> header.add("answered " + name));
    rows.add(header);
    for (String truth : classes) {
      List<String> row = new ArrayList<>(List.of(truth));
      classes.forEach(answer -> row.add("" + measured.confusionMatrix().get(truth).get(answer)));
      rows.add(row);
    }
    return rows;
  }

  private List<List<String>> perClass() {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("class", "images", "recall", "precision", "specificity", "F1", "ROC AUC"));
    for (String name : classes) {
      rows.add(perClass(name, measured.perClass().get(name)));
    }
    rows.add(perClass("mean", measured.macro()));
    return rows;
  }

  private static List<String> perClass(String name, Measurement.ClassScores it) {
    return List.of(
        name,
        "" + it.images(),
        Html.number(it.recall(), it.ci95().get("recall")),
        Html.number(it.precision(), it.ci95().get("precision")),
        Html.number(it.specificity(), it.ci95().get("specificity")),
        Html.number(it.f1(), it.ci95().get("f1")),
        Html.number(it.rocAuc(), it.ci95().get("rocAuc")));
  }

  private String figures() {
    StringBuilder figures = new StringBuilder();
    String band = " Bands: pointwise 95 %, 500 draws of patients.";
    Chart roc =
        new Chart(
                "ROC", "Recall over the share of false alarms." + band, "1 - specificity", "recall")
            .guide(0, 0, 1, 1);
    Chart pr =
        new Chart(
            "Precision and recall",
            "The best precision that still reaches a recall." + band,
            "recall",
            "precision");
    Chart benefit =
        new Chart(
            "Decision curve",
            "Net benefit per image (Vickers and Elkin 2006); dashed: calling every image positive;"
                + " 0: none."
                + band,
            "threshold probability",
            "net benefit");
    draw(roc, ClassCurves::roc, "1 - specificity", "recall");
    draw(pr, ClassCurves::precisionRecall, "recall", "precision");
    double most = Chart.round(data.drawn().stream().mapToDouble(this::prevalence).max().orElse(1));
    double low = -most / 4;
    benefit.up(low, most);
    draw(benefit, ClassCurves::netBenefit, "threshold", "net benefit");
    for (String name : data.drawn()) {
      double share = prevalence(name);
      // The benefit of treating all falls from the prevalence to 0 at a threshold of the same.
      double end = (share - low) / (1 - low);
      double before = 0;
      for (int step = 1; step <= 40; step++) {
        double x = end * step / 40;
        benefit.guide(before, all(share, before), x, all(share, x));
        before = x;
      }
    }
    figures.append(roc.html()).append(pr.html()).append(reliability()).append(benefit.html());
    figures.append(histogram()).append(training());
    return figures.toString();
  }

  private static double all(double share, double threshold) {
    return share - (1 - share) * threshold / (1 - threshold);
  }

  private double prevalence(String name) {
    int label = classes.indexOf(name);
    double images = shown.rows().stream().filter(row -> row.label() == label).count();
    return images / shown.rows().size();
  }

  private interface Curve {
    List<Point> of(ClassCurves curves);
  }

  private void draw(Chart chart, Curve curve, String across, String up) {
    List<List<String>> table = new ArrayList<>();
    table.add(List.of("class", across, up, "low", "high"));
    int colour = 0;
    for (String name : data.drawn()) {
      List<Point> points = curve.of(shown.curves().get(name));
      chart.line(points, colour++ % 4, name);
      for (int k = 0; k < points.size(); k += 5) {
        Point point = points.get(k);
        table.add(
            List.of(
                name,
                Html.number(point.x()),
                Html.number(point.y()),
                Html.number(point.low()),
                Html.number(point.high())));
      }
    }
    chart.table(table);
  }

  private String reliability() {
    boolean alike = data.point().positiveClass() == null;
    Chart chart =
        new Chart(
                "Reliability",
                (alike
                        ? "How often the likeliest answer was right, over its stated probability"
                        : "How often the truth was "
                            + data.point().positiveClass()
                            + ", over its stated probability")
                    + "; upright: Wilson's 95 % interval of the images"
                    + " of a bin.",
                "stated probability",
                "observed share")
            .guide(0, 0, 1, 1);
    List<List<String>> table = new ArrayList<>();
    table.add(List.of("from", "to", "images", "stated", "observed"));
    for (Bin bin : measured.reliability()) {
      if (bin.n() > 0) {
        double[] interval = Intervals.wilson(bin.observed(), bin.n());
        chart.dot(new Point(bin.stated(), bin.observed(), interval[0], interval[1]), 0);
      }
      table.add(
          List.of(
              Html.number(bin.from()),
              Html.number(bin.to()),
              "" + bin.n(),
              Html.number(bin.stated()),
              Html.number(bin.observed())));
    }
    return chart.table(table).html();
  }

  private String histogram() {
    int label = classes.indexOf(data.drawn().get(0));
    int[][] counts = new int[2][HISTOGRAM_BINS];
    for (Row row : shown.rows()) {
      int bin = (int) Math.min(HISTOGRAM_BINS - 1, row.p().get(label) * HISTOGRAM_BINS);
      counts[row.label() == label ? 0 : 1][bin]++;
    }
    double most = 1;
    for (int[] each : counts) {
      double all = IntStream.of(each).sum();
      for (int count : each) {
        most =
            count == 0
                ? most
                : Math.max(most, Math.sqrt(all * Intervals.wilson(count / all, all)[1]));
      }
    }
    String name = classes.get(label);
    Chart chart =
        new Chart(
                "Scores",
                "Images by their probability of "
                    + name
                    + "; heights are square roots, so that few are seen beside many; upright: Wilson's 95 %"
                    + " interval of the images.",
                "probability of " + name,
                "square root of images")
            .up(0, Chart.round(most));
    List<List<String>> table = new ArrayList<>();
    table.add(List.of("from", name, "others"));
    for (int bin = 0; bin < HISTOGRAM_BINS; bin++) {
      double from = (double) bin / HISTOGRAM_BINS;
      double middle = from + 0.5 / HISTOGRAM_BINS;
      chart.bar(from, middle, Math.sqrt(counts[0][bin]), 0);
      chart.bar(middle, from + 1.0 / HISTOGRAM_BINS, Math.sqrt(counts[1][bin]), 1);
      for (int side = 0; side < 2; side++) {
        if (counts[side][bin] > 0) {
          double all = IntStream.of(counts[side]).sum();
          double[] share = Intervals.wilson(counts[side][bin] / all, all);
          double at = from + (side + 0.5) * 0.5 / HISTOGRAM_BINS;
          chart.interval(at, Math.sqrt(all * share[0]), Math.sqrt(all * share[1]));
        }
      }
      table.add(List.of(Html.number(from), "" + counts[0][bin], "" + counts[1][bin]));
    }
    if (classes.size() == 2 && data.point().positiveClass() != null) {
      chart.guide(data.point().threshold(), 0, data.point().threshold(), Chart.round(most));
    }
    return chart.named(0, name).named(1, "others").table(table).html();
  }

  private String training() {
    List<History.Epoch> epochs = data.history();
    if (epochs.isEmpty()) {
      return "";
    }
    ToDoubleFunction<History.Epoch> auc =
        epoch -> epoch.metrics().getOrDefault("rocAuc", Double.NaN);
    double most =
        epochs.stream()
            .mapToDouble(epoch -> Math.max(epoch.trainLoss(), epoch.validationLoss()))
            .filter(Double::isFinite)
            .max()
            .orElse(1);
    Chart chart =
        new Chart(
                "Training",
                "Loss by epoch; the epoch that was kept is the best on validation.",
                "epoch",
                "loss")
            .across(0, 5 * Math.ceil(epochs.size() / 5.0))
            .up(0, Chart.round(Math.max(1e-6, most)));
    chart.line(line(epochs, History.Epoch::trainLoss), 0, "training loss");
    chart.line(line(epochs, History.Epoch::validationLoss), 1, "validation loss");
    List<List<String>> table = new ArrayList<>();
    table.add(List.of("epoch", "training loss", "validation loss", "validation ROC AUC"));
    for (History.Epoch epoch : epochs) {
      table.add(
          List.of(
              "" + epoch.epoch(),
              Html.number(epoch.trainLoss()),
              Html.number(epoch.validationLoss()),
              Html.number(auc.applyAsDouble(epoch))));
    }
    return chart.table(table).html();
  }

  private static List<Point> line(
      List<History.Epoch> epochs, ToDoubleFunction<History.Epoch> value) {
    return epochs.stream()
        .map(epoch -> new Point(epoch.epoch(), value.applyAsDouble(epoch), Double.NaN, Double.NaN))
        .toList();
  }

  private String gallery() {
    StringBuilder html = new StringBuilder();
    for (Map.Entry<String, List<Picture>> row : data.gallery().entrySet()) {
      html.append("<h3>").append(Html.text(row.getKey().substring(2))).append("</h3>");
      if (row.getValue().isEmpty()) {
        html.append("<p>None.</p>");
        continue;
      }
      html.append("<div class=\"gallery\">");
      for (Picture picture : row.getValue()) {
        html.append("<figure class=\"picture\">");
        html.append(
            picture.jpeg().isEmpty()
                ? "<p class=\"gone\">The file is gone, has changed, or is of a kind that is not drawn"
                    + " here.</p>"
                : picture(picture));
        html.append(
            "<figcaption>%s<br>%s</figcaption></figure>"
                .formatted(Html.text(picture.file()), Html.text(picture.text())));
      }
      html.append("</div>");
    }
    return html.toString();
  }

  private static String picture(Picture picture) {
    String image = "data:image/jpeg;base64," + picture.jpeg();
    return picture.map().isEmpty()
        ? "<img width=\"112\" height=\"112\" alt=\"%s\" src=\"%s\">"
            .formatted(Html.text(picture.file()), image)
        : Html.slider(
            image,
            "data:image/jpeg;base64," + picture.map(),
            picture.file(),
            "what speaks for the answer");
  }

  private String maps() {
    if (data.maps() == null) {
      return "<p>Maps of where the network looked have not been checked, and are not shown.</p>";
    }
    StringBuilder html = new StringBuilder();
    boolean drawn =
        data.gallery().values().stream()
            .flatMap(List::stream)
            .anyMatch(each -> !each.map().isEmpty());
    if (data.maps().passed() && !drawn) {
      html.append(
          "<p>Maps of where the network looked passed their checks, and were not drawn for this"
              + " report; <code>explain</code> shows them.</p>");
    } else if (data.maps().passed()) {
      html.append(
          "<p>Coloured is what speaks for the answer, the more the redder, by "
              + Html.text(data.maps().method())
              + "; the slider moves between image and map. A map says where the network looked, not"
              + " whether it looked rightly.</p>");
    } else {
      html.append(
          "<p class=\"warning\">Maps of where the network looked are not shown: "
              + Html.text(String.join("; ", data.maps().failures()))
              + ".</p>");
    }
    if (data.maps().networks().isEmpty()) {
      return html.toString();
    }
    List<List<String>> rows = new ArrayList<>();
    List<String> header = new ArrayList<>(List.of("check, 95 % interval by patients"));
    List<MapVerdict> networks = data.maps().networks();
    for (int i = 0; i < networks.size(); i++) {
      String whose = networks.size() == 1 ? "" : "member " + (i + 1) + ", ";
      header.add(whose + networks.get(i).images() + " validation images");
    }
    rows.add(header);
    for (int step = 0; step < networks.get(0).cascade().size(); step++) {
      int at = step;
      rows.add(
          mapRow(
              "rank correlation, weights shuffled: " + networks.get(0).cascade().get(at).through(),
              each -> each.cascade().get(at).similarity()));
    }
    rows.add(mapRow("rank correlation, head of another seed", MapVerdict::repeated));
    rows.add(mapRow("deletion, gained over random order", MapVerdict::deletion));
    rows.add(mapRow("insertion, gained over random order", MapVerdict::insertion));
    if (networks.stream().anyMatch(each -> each.places() != null)) {
      rows.add(mapRow("share on the known findings, times chance", MapVerdict::places));
    }
    return html
        + "<details><summary>How these maps were checked</summary>"
        + Html.table(rows)
        + "<p>Passed where the first is below 0.5 with all weights shuffled, the second at least 0.5,"
        + " deletion and insertion above 0, each by the interval's nearer end, and known findings hold"
        + " at least 3 times their share. Measured with the network; not recomputed from this"
        + " page.</p></details>";
  }

  private List<String> mapRow(String name, Function<MapVerdict, MapVerdict.Mean> of) {
    List<String> row = new ArrayList<>(List.of(name));
    for (MapVerdict each : data.maps().networks()) {
      MapVerdict.Mean mean = of.apply(each);
      row.add(mean == null ? "" : mean.toString());
    }
    return row;
  }

  private String limits() {
    StringBuilder list = new StringBuilder("<ul>");
    Forms.limits(data)
        .forEach(limit -> list.append("<li>").append(Html.text(limit)).append("</li>"));
    return list.append("</ul>").toString();
  }

  private List<List<String>> provenance() {
    List<List<String>> rows = new ArrayList<>();
    data.facts().forEach((name, value) -> rows.add(List.of(name, value)));
    return rows;
  }
}
