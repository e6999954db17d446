package io.pneuma.audit;

import io.pneuma.audit.Findings.LabelError;
import io.pneuma.audit.Findings.NearDuplicate;
import io.pneuma.audit.Findings.OffTopicImage;
import io.pneuma.audit.Findings.Shortcut;
import io.pneuma.images.FolderImages;
import io.pneuma.report.Html;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** An audit as one page that needs nothing else, with pictures of what was found. */
public final class AuditPage {
  private static final int MOST_SHOWN = 48;

  private final String name;
  private final Findings found;
  private final Map<String, String> pictures;

  private AuditPage(String name, Findings found, Map<String, String> pictures) {
    this.name = name;
    this.found = found;
    this.pictures = pictures;
  }

  /**
   * The page.
   *
   * @param name of the folder, for its heading
   */
  public static String of(String name, FolderImages folder, Findings found, Stages stages)
      throws IOException {
    Set<String> wanted = new HashSet<>();
    shown(found.nearDuplicates())
        .forEach(
            pair -> {
              wanted.add(pair.first());
              wanted.add(pair.second());
            });
    shown(found.offTopic()).forEach(image -> wanted.add(image.file()));
    shown(found.labelErrors()).forEach(image -> wanted.add(image.file()));
    found.shortcuts().stream()
        .filter(Shortcut::warning)
        .forEach(shortcut -> shortcut.surest().forEach(wanted::addAll));
    String[] page = new String[1];
    stages.show(
        "drawing",
        wanted.size(),
        "pictures",
        done ->
            page[0] =
                new AuditPage(name, found, Pictures.of(folder.images(), wanted, done)).html());
    return page[0];
  }

  private static <T> List<T> shown(List<T> items) {
    return items.subList(0, Math.min(MOST_SHOWN, items.size()));
  }

  private String html() throws IOException {
    try (InputStream own = AuditPage.class.getResourceAsStream("audit.css")) {
      return """
          %s<body>
          <header>
          <h1>Audit of %s</h1>
          <p>%s</p>
          <nav aria-label="Contents"><a href="#duplicates">Near-duplicates</a> <a href="#off-topic">Off topic</a> <a href="#labels">Labels</a> <a href="#shortcuts">Shortcuts</a> <a href="#method">Method</a></nav>
          </header>
          <main>
          <section id="duplicates"><h2>Near-duplicates</h2>%s</section>
          <section id="off-topic"><h2>Off-topic images</h2>%s</section>
          <section id="labels"><h2>Probable label errors</h2>%s</section>
          <section id="shortcuts"><h2>Shortcuts</h2>%s</section>
          <section id="method"><h2>Method and limits</h2>%s</section>
          </main>
          </body>
          </html>
          """
          .formatted(
              Html.head(name + ": audit", new String(own.readAllBytes(), StandardCharsets.UTF_8)),
              Html.text(name),
              Html.text(AuditText.counts(found)),
              duplicates(),
              offTopic(),
              labels(),
              shortcuts(),
              method());
    }
  }

  private String duplicates() {
    StringBuilder html = new StringBuilder();
    html.append(
        intro(
            found.flaggedDuplicates(),
            found.nearDuplicates().size(),
            "Pairs flagged as one picture under two patients or in two splits"));
    html.append("<div class=\"pairs\">");
    for (NearDuplicate pair : shown(found.nearDuplicates())) {
      List<String> across = new ArrayList<>();
      across.addAll(pair.acrossPatients() ? List.of("two patients") : List.of());
      across.addAll(pair.acrossSplits() ? List.of("two splits") : List.of());
      across.addAll(pair.acrossClasses() ? List.of("two classes") : List.of());
      html.append(
          "<figure class=\"pair\"><div class=\"two\">%s%s</div><figcaption>%s%s<br>%s<br>%s</figcaption></figure>"
              .formatted(
                  image(pair.first()),
                  image(pair.second()),
                  flag(pair.flagged()),
                  Html.text(
                      String.format(
                          Locale.ROOT,
                          "likeness %.3f, %s",
                          pair.likeness(),
                          String.join(", ", across))),
                  Html.text(pair.first()),
                  Html.text(pair.second())));
    }
    return html.append("</div>").toString();
  }

  private String offTopic() {
    StringBuilder html = new StringBuilder();
    html.append(
        intro(
            found.flaggedOffTopic(),
            found.offTopic().size(),
            "Images flagged as unlike the others"));
    html.append("<div class=\"gallery\">");
    for (OffTopicImage image : shown(found.offTopic())) {
      html.append(
          picture(
              image.file(),
              image.flagged(),
              String.format(
                  Locale.ROOT, "strangeness %.1f, by %s", image.strangeness(), image.by())));
    }
    return html.append("</div>").toString();
  }

  private String labels() {
    if (found.labelProbe() == null) {
      return "<p>" + Html.text(String.join(" ", found.notes())) + "</p>";
    }
    StringBuilder html = new StringBuilder();
    html.append(
        intro(
            found.flaggedLabels(),
            found.labelErrors().size(),
            "Images whose label is flagged as probably wrong"));
    html.append("<p>")
        .append(
            Html.text(
                String.format(
                    Locale.ROOT,
                    "The probe tells the classes with a ROC AUC of %.3f [%.3f, %.3f]; the closer to 1,"
                        + " the more a doubt says.",
                    found.labelProbe().value(),
                    found.labelProbe().low(),
                    found.labelProbe().high())))
        .append("</p><div class=\"gallery\">");
    for (LabelError error : shown(found.labelErrors())) {
      html.append(
          picture(
              error.file(),
              error.flagged(),
              String.format(
                  Locale.ROOT,
                  "labelled %s (%.3f), rather %s (%.3f)",
                  error.label(),
                  error.ownProbability(),
                  error.likelier(),
                  error.likelierProbability())));
    }
    return html.append("</div>").toString();
  }

  private String shortcuts() {
    if (found.shortcuts().isEmpty()) {
      return "<p>" + Html.text(String.join(" ", found.notes())) + "</p>";
    }
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("trait", "ROC AUC", "95 % interval", ""));
    for (Shortcut each : found.shortcuts()) {
      rows.add(
          List.of(
              each.trait(),
              String.format(Locale.ROOT, "%.3f", each.rocAuc()),
              String.format(Locale.ROOT, "%.3f to %.3f", each.ci95().get(0), each.ci95().get(1)),
              each.warning() ? "beyond chance" : ""));
    }
    StringBuilder html = new StringBuilder();
    html.append(
            "<p>How well traits that need no anatomy tell the classes; 0.5 is chance. A network can learn what these")
        .append(" can, and will then fail where the trait and the disease do not go together.</p>")
        .append(Html.table(rows));
    for (Shortcut each : found.shortcuts()) {
      if (each.warning()) {
        html.append("<h3>Told best by ").append(Html.text(each.trait())).append("</h3>");
        html.append("<div class=\"gallery\">");
        for (int label = 0; label < each.surest().size(); label++) {
          for (String file : each.surest().get(label)) {
            html.append(picture(file, false, found.classes().get(label)));
          }
        }
        html.append("</div>");
      }
    }
    return html.toString();
  }

  private String method() {
    return Html.terms(
        List.of(
            List.of(
                "Near-duplicates",
                "Each picture is compared with 256 crops of every other by local contrast, and the 16"
                    + " most alike are laid over it by an affine map; likeness is the correlation"
                    + " where they overlap. Mirrored, turned and inverted copies, and crops to less"
                    + " than three quarters of a side, are not looked for; images of one patient in"
                    + " one split are not compared."),
            List.of(
                "Off topic",
                "Distance to the k-th nearest other image in features and grey layout, and colour; the"
                    + " strangest part counts. A kind that makes up more than a fiftieth of the"
                    + " images is at home here."),
            List.of(
                "Features",
                found.features()
                    + ". A probe is a logistic regression by five folds over patients, without what"
                    + " is flagged as off topic."),
            List.of(
                "Labels",
                "Confident learning (Northcutt, Jiang and Chuang 2021), pruned and trained again twice."
                    + " Doubt is no verdict: hard cases look like errors, and errors that many"
                    + " images share look right."),
            List.of(
                "Shortcuts",
                "Each probe learns from its trait alone. A trait may tell the classes because they were"
                    + " collected apart, or because the disease changes it; whoever knows the data"
                    + " must say which.")));
  }

  private static String intro(long flagged, int listed, String what) {
    return "<p>"
        + Html.text(
            what
                + ": "
                + flagged
                + ". The list is ranked, and goes on beyond what is flagged; "
                + Math.min(MOST_SHOWN, listed)
                + " are shown.")
        + "</p>";
  }

  private String picture(String file, boolean flagged, String text) {
    return "<figure class=\"picture\">%s<figcaption>%s%s<br>%s</figcaption></figure>"
        .formatted(image(file), flag(flagged), Html.text(text), Html.text(file));
  }

  private String image(String file) {
    return "<img width=\"112\" height=\"112\" alt=\"%s\" src=\"data:image/jpeg;base64,%s\">"
        .formatted(Html.text(file), pictures.get(file));
  }

  private static String flag(boolean flagged) {
    return flagged ? "<span class=\"flag\">flagged</span> " : "";
  }
}
