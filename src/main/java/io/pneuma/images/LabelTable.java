package io.pneuma.images;

import io.pneuma.config.UserPath;
import io.pneuma.images.ImageFolder.LabelledFile;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/**
 * A table of images, in place of class folders: a CSV with the columns {@code path} (or {@code
 * file}) and {@code label}, and where they are known {@code patient} and {@code split}. Paths start
 * from the table's own folder. All other columns are {@link Attributes}, but {@code sha256}, which
 * a run's own {@code split.csv} has: an image of another content is refused.
 */
final class LabelTable {
  private static final String PATH = "path";
  private static final String FILE = "file";
  private static final String LABEL = "label";
  private static final String PATIENT = "patient";
  private static final String SPLIT = "split";
  private static final String SHA256 = "sha256";
  private static final List<String> OWN = List.of(PATH, FILE, LABEL, PATIENT, SPLIT, SHA256);

  /** What a run's own table puts before the names of attributes. */
  private static final String ATTRIBUTE = "attribute_";

  private static final int SHOWN = 10;

  private final Path table;
  private final Map<String, String> columns = new LinkedHashMap<>();
  private final List<String> problems = new ArrayList<>();
  private final Map<Path, Line> lines = new LinkedHashMap<>();
  private final FilesThere there = new FilesThere();
  private final Map<String, Line> labels = new HashMap<>();

  /**
   * A line of the table.
   *
   * @param patient empty where the table does not know patients, as are split and sha256
   * @param attributes by their names
   */
  private record Line(
      long number,
      Path file,
      String label,
      String patient,
      String split,
      String sha256,
      Map<String, String> attributes) {}

  private LabelTable(Path table) {
    this.table = table;
  }

  /**
   * Reads a table; no image is opened.
   *
   * @throws DatasetException with all that is wrong with it, by lines
   */
  static LabelTable read(Path table) throws IOException {
    LabelTable read = new LabelTable(table);
    String text = text(table);
    String first = text.lines().findFirst().orElse("");
    char separator =
        first.indexOf(',') >= 0 ? ',' : first.indexOf(';') >= 0 ? ';' : '\t'; // As Excel may save.
    CSVFormat format =
        CSVFormat.RFC4180
            .builder()
            .setDelimiter(separator)
            .setHeader()
            .setSkipHeaderRecord(true)
            .setAllowMissingColumnNames(true) // The row numbers that pandas writes have no name.
            .setIgnoreEmptyLines(true)
            .get();
    try (CSVParser parser = format.parse(new StringReader(text))) {
      read.header(parser.getHeaderNames());
      for (CSVRecord row : parser) {
        read.add(row, parser.getCurrentLineNumber());
      }
    } catch (IllegalArgumentException | UncheckedIOException e) {
      throw new DatasetException(table + ": is no CSV table: " + e.getMessage());
    }
    read.check();
    return read;
  }

  private static String text(Path table) throws IOException {
    String text;
    try {
      text = Files.readString(table);
    } catch (CharacterCodingException e) {
      throw new DatasetException(table + ": is not UTF-8 text; save the table as UTF-8");
    } catch (NoSuchFileException e) {
      throw new DatasetException(
          table + ": there is no such table; expected a CSV with the columns path and label");
    } catch (FileSystemException e) {
      throw new DatasetException(table + ": cannot be read: " + e.getReason());
    }
    return text.startsWith("\uFEFF") ? text.substring(1) : text;
  }

  private void header(List<String> names) throws DatasetException {
    for (String name : names) {
      String plain = name.strip();
      String own = plain.toLowerCase(Locale.ROOT);
      String known = OWN.contains(own) ? own : plain;
      known = known.startsWith(ATTRIBUTE) ? known.substring(ATTRIBUTE.length()) : known;
      if (!known.isEmpty() && columns.put(known, name) != null) {
        throw new DatasetException(table + ": has two columns " + known);
      }
    }
    boolean path = columns.containsKey(PATH);
    if (path == columns.containsKey(FILE) || !columns.containsKey(LABEL)) {
      throw new DatasetException(
          "%s: has the columns %s; expected path (or file) and label, and where they are known patient and split"
              .formatted(table, names));
    }
  }

  private void add(CSVRecord row, long number) throws IOException {
    if (!row.isConsistent()) {
      problem(
          number,
          "has " + row.size() + " cells; expected " + row.getParser().getHeaderMap().size());
      return;
    }
    Map<String, String> attributes = new LinkedHashMap<>();
    columns.keySet().stream()
        .filter(name -> !OWN.contains(name))
        .forEach(name -> attributes.put(name, cell(row, name)));
    String written = cell(row, columns.containsKey(PATH) ? PATH : FILE);
    Optional<Path> file = file(number, written);
    Line line =
        new Line(
            number,
            file.orElse(table),
            Normalizer.normalize(cell(row, LABEL), Normalizer.Form.NFC),
            cell(row, PATIENT),
            cell(row, SPLIT).toLowerCase(Locale.ROOT),
            cell(row, SHA256).toLowerCase(Locale.ROOT),
            attributes);
    checkLabel(line);
    if (!line.split.isEmpty() && !Split.OTHERWISE.containsKey(line.split)) {
      problem(
          number, "split \"" + line.split + "\" is unknown; expected train, validation or test");
    }
    if (file.isPresent()) {
      Line same = lines.putIfAbsent(file.get(), line);
      if (same != null) {
        problem(number, written + " stands in line " + same.number + " already");
      }
    }
  }

  private String cell(CSVRecord row, String column) {
    return columns.containsKey(column) ? row.get(columns.get(column)).strip() : "";
  }

  private Optional<Path> file(long number, String written) throws IOException {
    if (written.isEmpty()) {
      problem(number, "names no file");
      return Optional.empty();
    }
    try {
      Path file = UserPath.of(table.getParent(), written.replace('\\', '/'));
      Optional<Path> found = there.find(file);
      if (found.isPresent()) {
        return found;
      }
      problem(number, written + ": there is no such file below " + table.getParent());
    } catch (InvalidPathException e) {
      problem(number, "\"" + written + "\" is no path: " + e.getReason());
    }
    return Optional.empty();
  }

  private void checkLabel(Line line) {
    if (line.label.isEmpty()) {
      problem(line.number, "has no label");
      return;
    }
    Line first = labels.putIfAbsent(line.label.toLowerCase(Locale.ROOT), line);
    if (first != null && !first.label.equals(line.label)) {
      problem(
          line.number,
          "label %s is %s of line %d in another case; write them alike"
              .formatted(line.label, first.label, first.number));
    }
  }

  private void problem(long line, String what) {
    problems.add("line " + line + ": " + what);
  }

  /** What some lines have, all must have. */
  private void check() throws DatasetException {
    for (String column : List.of(PATIENT, SPLIT, SHA256)) {
      List<Line> without = lines.values().stream().filter(l -> value(l, column).isEmpty()).toList();
      if (!without.isEmpty() && without.size() < lines.size()) {
        problem(
            without.get(0).number,
            "has no %s, as %d of %d lines; give all of them one, or none"
                .formatted(column, without.size(), lines.size()));
      }
    }
    if (!problems.isEmpty()) {
      throw new DatasetException(
          "%s: %d %s to mend:%n%s%s"
              .formatted(
                  table,
                  problems.size(),
                  problems.size() == 1 ? "problem" : "problems",
                  problems.stream()
                      .limit(SHOWN)
                      .map(problem -> "  " + problem)
                      .collect(Collectors.joining(System.lineSeparator())),
                  problems.size() > SHOWN
                      ? "%n  and %d more".formatted(problems.size() - SHOWN)
                      : ""));
    }
    if (lines.isEmpty()) {
      throw new DatasetException(table + ": has no line below its header");
    }
  }

  private static String value(Line line, String column) {
    return switch (column) {
      case PATIENT -> line.patient;
      case SPLIT -> line.split;
      default -> line.sha256;
    };
  }

  private boolean has(String column) {
    return lines.values().stream().noneMatch(line -> value(line, column).isEmpty());
  }

  /** The same as class folders would tell it. */
  ImageFolder folder() {
    Map<Split, NavigableSet<String>> classes = new EnumMap<>(Split.class);
    List<LabelledFile> files = new ArrayList<>();
    for (Line line : lines.values()) {
      Split split = has(SPLIT) ? Split.OTHERWISE.get(line.split) : Split.TRAIN;
      classes.computeIfAbsent(split, s -> new TreeSet<>()).add(line.label);
      files.add(new LabelledFile(line.file, split, line.label, known(line.patient)));
    }
    // As class folders are listed, so that the same images train the same whichever way.
    files.sort(
        Comparator.comparing(LabelledFile::split)
            .thenComparing(LabelledFile::className)
            .thenComparing(file -> ImageFolder.name(file.file()))
            .thenComparing(LabelledFile::file));
    return new ImageFolder(
        table, classes, List.copyOf(files), List.of(), !has(SPLIT), Optional.of(this));
  }

  private static Optional<String> known(String patient) {
    return patient.isEmpty() ? Optional.empty() : Optional.of(patient);
  }

  /** By the name of an attribute the value of each image; empty where it is unknown. */
  Map<String, Map<Path, String>> attributes() {
    Map<String, Map<Path, String>> attributes = new LinkedHashMap<>();
    for (Line line : lines.values()) {
      line.attributes.forEach(
          (name, value) ->
              attributes.computeIfAbsent(name, n -> new HashMap<>()).put(line.file, value));
    }
    return attributes;
  }

  /**
   * Refuses images of another content than the table tells.
   *
   * @throws DatasetException naming the first
   */
  void requireSame(List<InspectedFile> files) throws DatasetException {
    for (InspectedFile file : files) {
      Line line = lines.get(file.labelled().file());
      if (!line.sha256.isEmpty() && !line.sha256.equals(file.sha256())) {
        throw new DatasetException(
            "%s: line %d: %s has another content than the table's sha256 tells; give the image that it had, or leave the column out"
                .formatted(table, line.number, file.labelled().file()));
      }
    }
  }
}
