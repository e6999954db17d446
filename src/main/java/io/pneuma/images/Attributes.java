package io.pneuma.images;

import io.pneuma.config.Recipe;
import io.pneuma.config.Recipe.AttributeSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/**
 * What is known of images beside their class, such as the patient's sex or the projection, by which
 * subgroups are told apart.
 */
public final class Attributes {
  /** Values of a column of numbers that are few enough to stand for themselves. */
  private static final int FEW_VALUES = 6;

  /** Values of another column of a table of images that are too many for groups. */
  private static final int MOST_VALUES = 50;

  private static final String FILE = "file";

  private final Map<String, Map<Path, String>> values = new LinkedHashMap<>();

  private Attributes() {}

  /**
   * Finds the attributes of images.
   *
   * @param source empty for none
   * @param folder that the images lie below, or a table of them, whose own columns are attributes
   *     before those of the source
   * @throws DatasetException when the source is damaged, or knows none of the images
   */
  public static Attributes of(Optional<AttributeSource> source, Path folder, List<Path> images)
      throws IOException {
    Attributes attributes = new Attributes();
    boolean table = Recipe.Data.isTable(folder);
    if (table) {
      attributes.ofTable(folder);
    }
    if (source.isEmpty()) {
      return attributes;
    }
    if (source.get() instanceof AttributeSource.Names names) {
      attributes.read(names, images);
    } else if (source.get() instanceof AttributeSource.Table known) {
      attributes.read(known.file(), table ? folder.getParent() : folder, images);
    }
    return attributes;
  }

  /** Columns of a table that are names or notes, since hardly two images agree, tell no groups. */
  private void ofTable(Path table) throws IOException {
    LabelTable.read(table)
        .attributes()
        .forEach(
            (name, column) -> {
              Map<Path, String> groups = ranges(column);
              if (new HashSet<>(groups.values()).size() <= MOST_VALUES) {
                values.put(name, groups);
              }
            });
  }

  /** The names of the attributes. */
  List<String> names() {
    return List.copyOf(values.keySet());
  }

  /** The value of an image; empty where it is unknown. */
  String value(LabelledImage image, String name) {
    return values.get(name).getOrDefault(image.file(), "");
  }

  /** By their name the values of an image; empty where they are unknown. */
  public Map<String, String> of(LabelledImage image) {
    Map<String, String> own = new LinkedHashMap<>();
    values.forEach((name, column) -> own.put(name, column.getOrDefault(image.file(), "")));
    return own;
  }

  /** By their name the value of each image. */
  public Map<String, List<String>> of(List<LabelledImage> images) {
    Map<String, List<String>> columns = new LinkedHashMap<>();
    for (String name : values.keySet()) {
      columns.put(name, images.stream().map(image -> of(image).get(name)).toList());
    }
    return columns;
  }

  private void read(AttributeSource.Names names, List<Path> images) throws DatasetException {
    Pattern pattern = Pattern.compile(names.pattern());
    boolean any = false;
    for (String name : names.attributes()) {
      Map<Path, String> column = new HashMap<>();
      for (Path image : images) {
        Matcher matcher = pattern.matcher(ImageFolder.name(image));
        if (matcher.find() && matcher.group(name) != null && !matcher.group(name).isEmpty()) {
          column.put(image, matcher.group(name));
        }
      }
      any |= !column.isEmpty();
      values.put(name, column);
    }
    if (!any) {
      throw new DatasetException(
          "data.attributes \"%s\" finds nothing in any of %d names, such as %s"
              .formatted(names.pattern(), images.size(), images.get(0).getFileName()));
    }
  }

  private void read(Path file, Path folder, List<Path> images) throws IOException {
    Map<String, CSVRecord> rows = new HashMap<>();
    List<String> header;
    CSVFormat format = CSVFormat.RFC4180.builder().setHeader().setSkipHeaderRecord(true).get();
    try (CSVParser parser = CSVParser.parse(file, StandardCharsets.UTF_8, format)) {
      header = parser.getHeaderNames();
      if (header.size() < 2 || !header.get(0).equals(FILE)) {
        throw new DatasetException(
            file + ": has the columns " + header + "; expected file, then the attributes");
      }
      for (CSVRecord row : parser) {
        if (!row.isConsistent()) {
          throw new DatasetException(
              file + ": record " + row.getRecordNumber() + " has not " + header.size() + " cells");
        }
        if (rows.put(row.get(FILE), row) != null) {
          throw new DatasetException(file + ": names " + row.get(FILE) + " twice");
        }
      }
    } catch (IllegalArgumentException | UncheckedIOException e) {
      throw new DatasetException(file + ": is no CSV table: " + e.getMessage());
    } catch (NoSuchFileException e) {
      throw new DatasetException(file + ": there is no such file; data.attributes names it");
    }
    Map<String, List<Path>> named = new HashMap<>();
    Map<Path, CSVRecord> known = new LinkedHashMap<>();
    for (Path image : images) {
      CSVRecord row = rows.get(below(folder, image).toString().replace('\\', '/'));
      String name = ImageFolder.name(image);
      if (row == null && rows.containsKey(name)) {
        row = rows.get(name);
        named.computeIfAbsent(name, n -> new ArrayList<>()).add(image);
      }
      if (row != null) {
        known.put(image, row);
      }
    }
    for (List<Path> same : named.values()) {
      if (same.size() > 1) {
        throw new DatasetException(
            "%s: %s may be %s or %s; give the path below %s"
                .formatted(file, same.get(0).getFileName(), same.get(0), same.get(1), folder));
      }
    }
    if (known.isEmpty()) {
      throw new DatasetException(
          "%s: names none of the %d images of %s; expected their names, or their paths below it, such as %s"
              .formatted(file, images.size(), folder, below(folder, images.get(0))));
    }
    for (String name : header.subList(1, header.size())) {
      Map<Path, String> column = new HashMap<>();
      known.forEach((image, row) -> column.put(image, row.get(name).strip()));
      values.put(name, ranges(column));
    }
  }

  /** Images of a table may lie anywhere. */
  private static Path below(Path folder, Path image) {
    return image.startsWith(folder) ? folder.relativize(image) : image;
  }

  /** Many numbers become four ranges of about as many images each. */
  private static Map<Path, String> ranges(Map<Path, String> column) {
    List<String> stated = column.values().stream().filter(value -> !value.isEmpty()).toList();
    boolean numbers = stated.stream().allMatch(value -> value.matches("-?\\d+(\\.\\d+)?"));
    if (!numbers || stated.stream().distinct().count() <= FEW_VALUES) {
      return column;
    }
    double[] sorted = stated.stream().mapToDouble(Double::parseDouble).sorted().toArray();
    double[] cuts =
        Arrays.stream(new int[] {1, 2, 3})
            .mapToDouble(quarter -> sorted[quarter * sorted.length / 4])
            .distinct()
            .toArray();
    Map<Path, String> ranges = new HashMap<>();
    column.forEach((image, value) -> ranges.put(image, value.isEmpty() ? "" : range(value, cuts)));
    return ranges;
  }

  private static String range(String value, double[] cuts) {
    double number = Double.parseDouble(value);
    int above = (int) Arrays.stream(cuts).filter(cut -> number >= cut).count();
    if (above == 0) {
      return "below " + shown(cuts[0]);
    }
    return above == cuts.length
        ? "from " + shown(cuts[above - 1])
        : "from " + shown(cuts[above - 1]) + " to below " + shown(cuts[above]);
  }

  private static String shown(double number) {
    return number == Math.rint(number) ? String.valueOf((long) number) : String.valueOf(number);
  }
}
