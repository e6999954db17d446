package io.pneuma.run;

import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVPrinter;
import org.apache.commons.csv.CSVRecord;

/** CSV as it stands in a run directory. */
public final class Csv {
  static final CSVFormat FORMAT = CSVFormat.RFC4180.builder().setRecordSeparator('\n').get();

  private Csv() {}

  /** Rows as text, a line each. */
  public static String write(List<? extends List<?>> rows) {
    StringBuilder text = new StringBuilder();
    try (CSVPrinter printer = new CSVPrinter(text, FORMAT)) {
      for (List<?> row : rows) {
        printer.printRecord(row);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e); // A StringBuilder does not fail.
    }
    return text.toString();
  }

  /** A number to its last digit; what is not a number is an empty cell. */
  public static String cell(double number) {
    return Double.isNaN(number) ? "" : Double.toString(number);
  }

  /**
   * The rows below the header.
   *
   * @param columns that the header must have
   * @throws RunException when the file is missing or damaged
   */
  static List<CSVRecord> read(Path file, List<String> columns) {
    String text;
    try {
      text = Files.readString(file);
    } catch (IOException e) {
      throw new RunException(file + ": cannot be read: " + WholeFile.reason(e), e);
    }
    CSVFormat format = FORMAT.builder().setHeader().setSkipHeaderRecord(true).get();
    try (CSVParser rows = format.parse(new StringReader(text))) {
      if (!rows.getHeaderNames().containsAll(columns)) {
        throw new RunException(
            file + ": has the columns " + rows.getHeaderNames() + "; expected " + columns);
      }
      List<CSVRecord> records = rows.getRecords();
      for (CSVRecord row : records) {
        if (!row.isConsistent()) {
          throw new RunException(file + ": record " + row.getRecordNumber() + " is cut short");
        }
      }
      return records;
    } catch (IOException | UncheckedIOException | IllegalArgumentException e) {
      throw new RunException(file + ": is damaged: " + e.getMessage(), e);
    }
  }

  static double number(String cell) {
    return cell.isEmpty() ? Double.NaN : Double.parseDouble(cell);
  }
}
