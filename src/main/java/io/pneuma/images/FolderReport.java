package io.pneuma.images;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The text of a {@link FolderCheck}. */
final class FolderReport {
  private static final int SHOWN = 10;
  private static final String NAME = "%-12s";

  private final FolderCheck check;
  private final int shown;
  private final StringBuilder text = new StringBuilder();
  private int toMend;

  /**
   * A report.
   *
   * @param all whether every item of a finding is listed, rather than the first few
   */
  FolderReport(FolderCheck check, boolean all) {
    this.check = check;
    this.shown = all ? Integer.MAX_VALUE : SHOWN;
  }

  String text() {
    line(check.folder().root().toString());
    line("");
    counts();
    sizes();
    tally("channels", image -> channels(image.channels()));
    tally("bit depth", image -> image.bitDepth() + " bit");
    tally("format", image -> image.format().name());
    line("");
    findings();
    line("");
    line(
        check.clean()
            ? "Nothing to mend."
            : toMend + (toMend == 1 ? " finding" : " findings") + " to mend, marked with !");
    return text.toString();
  }

  /** Readable images: a row a split, a column a class. */
  private void counts() {
    List<String> labels = List.copyOf(check.folder().labels());
    List<List<String>> rows = new ArrayList<>();
    List<String> header = new ArrayList<>(List.of("images"));
    header.addAll(labels);
    header.add("all");
    rows.add(header);
    for (Map.Entry<Split, NavigableSet<String>> split : check.folder().classes().entrySet()) {
      List<String> row = new ArrayList<>(List.of(split.getKey().folder));
      labels.forEach(label -> row.add(Long.toString(count(split.getKey(), label))));
      row.add(Long.toString(labels.stream().mapToLong(l -> count(split.getKey(), l)).sum()));
      rows.add(row);
    }
    for (List<String> row : rows) {
      StringBuilder cells = new StringBuilder(NAME.formatted(row.get(0)));
      for (int column = 1; column < row.size(); column++) {
        int width = Math.max(8, header.get(column).length() + 2);
        cells.append(("%" + width + "s").formatted(row.get(column)));
      }
      line(cells.toString());
    }
    line("");
  }

  private long count(Split split, String label) {
    return check.readable().stream()
        .map(InspectedFile::labelled)
        .filter(file -> file.split() == split && file.className().equals(label))
        .count();
  }

  private void sizes() {
    List<ImageHeader> images = headers();
    if (!images.isEmpty()) {
      line(NAME.formatted("width") + range(images.stream().map(ImageHeader::width)));
      line(NAME.formatted("height") + range(images.stream().map(ImageHeader::height)));
      tally("size", image -> image.width() + " x " + image.height());
    }
  }

  private static String range(Stream<Long> values) {
    List<Long> sorted = values.sorted().toList();
    return "least %d, median %d, most %d"
        .formatted(sorted.get(0), sorted.get(sorted.size() / 2), sorted.get(sorted.size() - 1));
  }

  /** The most frequent values of a property, with how many images have each. */
  private void tally(String name, Function<ImageHeader, String> property) {
    Map<String, Long> counts =
        headers().stream()
            .collect(Collectors.groupingBy(property, TreeMap::new, Collectors.counting()));
    String shown =
        counts.entrySet().stream()
            .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
            .limit(4)
            .map(entry -> entry.getKey() + " (" + entry.getValue() + ")")
            .collect(Collectors.joining(", "));
    int others = counts.size() - 4;
    line(NAME.formatted(name) + shown + (others > 0 ? ", and " + others + " others" : ""));
  }

  private List<ImageHeader> headers() {
    return check.readable().stream().map(image -> image.header().orElseThrow()).toList();
  }

  private static String channels(int channels) {
    return switch (channels) {
      case 1 -> "grey";
      case 2 -> "grey with alpha";
      case 3 -> "colour";
      default -> "colour with alpha, or CMYK";
    };
  }

  private void findings() {
    check.layout().forEach(this::mend);
    if (!check.folder().alike().isEmpty()) {
      list("Classes that differ in case or spaces alone", check.folder().alike());
    }
    list("Classes without an image", check.folder().emptyClasses());
    list("Files that cannot be read", check.unreadable());
    List<String> dim =
        check.readable().stream()
            .filter(InspectedFile::dim)
            .map(file -> check.folder().relative(file.labelled().file()))
            .toList();
    if (!dim.isEmpty()) {
      line("For your attention, " + InspectedFile.DIM + ": " + dim.size());
      items(dim);
    }
    list(
        "Groups of files with equal content",
        check.duplicates().stream()
            .map(group -> group.stream().map(Placed::path).collect(Collectors.joining(" = ")))
            .toList());
    if (check.patients() == 0 && check.withoutPatient() > 0) {
      mend(
          "Patients: unknown, since "
              + check.rule()
              + " matches no name; set data.validation.groupBy to a regular expression whose first"
              + " group is the patient.");
      return;
    }
    line("Patients: " + check.patients());
    if (check.withoutPatient() > 0) {
      mend(
          "and %d images whose names %s does not match"
              .formatted(check.withoutPatient(), check.rule()));
    }
    list("Patients with images in more than one split", check.patientsInTwoSplits());
    line("Folders that are not used: " + count(check.folder().unused()));
    items(check.folder().unused());
  }

  private void list(String what, List<?> items) {
    String finding = what + ": " + count(items);
    if (items.isEmpty()) {
      line(finding);
    } else {
      mend(finding);
    }
    items(items);
  }

  private static String count(List<?> items) {
    return items.isEmpty() ? "none" : Integer.toString(items.size());
  }

  private void items(List<?> items) {
    items.stream().limit(shown).forEach(item -> line("  " + item));
    if (items.size() > shown) {
      line("  and " + (items.size() - shown) + " more; --all lists them");
    }
  }

  private void mend(String finding) {
    toMend++;
    line("! " + finding);
  }

  private void line(String line) {
    text.append(line).append(System.lineSeparator());
  }
}
