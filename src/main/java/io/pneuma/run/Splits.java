package io.pneuma.run;

import io.pneuma.config.UserPath;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.commons.csv.CSVRecord;

/**
 * The images of a run and the splits that they stand in: {@code split.csv}, which is a table of
 * images that another run can be trained on.
 */
public final class Splits {
  /** The split that a network learns from. */
  public static final String TRAIN = "train";

  private static final List<String> HEADER = List.of("file", "split", "label", "patient", "sha256");

  private static final String ATTRIBUTE = "attribute_";

  private final List<Row> rows = new ArrayList<>();

  /**
   * An image.
   *
   * @param label name of its class
   * @param sha256 of the file's bytes
   * @param attributes what is known besides, by name; the same names in every row
   */
  public record Row(
      String file,
      String split,
      String label,
      String patient,
      String sha256,
      Map<String, String> attributes) {

    /** Where the image was; nowhere, if that file system is not at hand. */
    public Path path() {
      return UserPath.recorded(file);
    }
  }

  /** Adds an image. */
  public void add(Row row) {
    rows.add(row);
  }

  /** Writes the file of that run. */
  public void write(RunDirectory run) {
    List<List<?>> table = new ArrayList<>();
    for (Row row : rows) {
      if (table.isEmpty()) {
        List<String> header = new ArrayList<>(HEADER);
        row.attributes.keySet().forEach(name -> header.add(ATTRIBUTE + name));
        table.add(header);
      }
      List<String> cells =
          new ArrayList<>(List.of(row.file, row.split, row.label, row.patient, row.sha256));
      cells.addAll(row.attributes.values());
      table.add(cells);
    }
    run.write(run.splits(), Csv.write(table));
  }

  /**
   * Reads the images of a run.
   *
   * @throws RunException when the file is missing or damaged
   */
  public static List<Row> read(RunDirectory run) {
    List<Row> rows = new ArrayList<>();
    for (CSVRecord row : Csv.read(run.splits(), HEADER)) {
      Map<String, String> attributes = new LinkedHashMap<>();
      for (String column : row.getParser().getHeaderNames()) {
        if (column.startsWith(ATTRIBUTE)) {
          attributes.put(column.substring(ATTRIBUTE.length()), row.get(column));
        }
      }
      rows.add(
          new Row(
              row.get("file"),
              row.get("split"),
              row.get("label"),
              row.get("patient"),
              row.get("sha256"),
              attributes));
    }
    return rows;
  }

  /** The hashes of the images that the network learnt from, or any member of an ensemble. */
  public static Set<String> trainedOn(RunDirectory run) {
    Set<String> hashes = new HashSet<>();
    run.members().forEach(member -> hashes.addAll(trainedOn(member)));
    for (Row row : read(run)) {
      if (row.split.equals(TRAIN)) {
        hashes.add(row.sha256);
      }
    }
    return hashes;
  }
}
