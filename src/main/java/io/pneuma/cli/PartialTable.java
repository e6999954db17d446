package io.pneuma.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pneuma.run.WholeFile;
import java.io.Closeable;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The rows of a table that is not whole yet, in a file beside it: a line that says what the table
 * is of, then one for each row, so that whatever ends the program, the next call goes on.
 */
final class PartialTable implements Closeable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path file;
  private final List<List<String>> rows = new ArrayList<>();
  private final Writer writer;

  /**
   * Takes up what is there for a table.
   *
   * @param of names all that its rows depend on; rows of anything else are not taken up
   * @param batch rows that are computed together; fewer than these at the end are left out, since
   *     the last digit of a row may depend on those beside it
   */
  PartialTable(Path table, String of, int batch, Terminal terminal) throws IOException {
    file = table.resolveSibling(table.getFileName() + ".partial");
    if (Files.exists(file)) {
      List<String> lines =
          new String(Files.readAllBytes(file), StandardCharsets.UTF_8).lines().toList();
      if (lines.isEmpty() || !lines.get(0).equals(of)) {
        terminal.line(file + ": is of another model, other options or other images; begun anew");
      } else {
        lines.stream()
            .skip(1)
            .map(PartialTable::row)
            .takeWhile(r -> !r.isEmpty())
            .forEach(rows::add);
        rows.subList(rows.size() / batch * batch, rows.size()).clear();
      }
    }
    StringBuilder text = new StringBuilder(of).append('\n');
    for (List<String> row : rows) {
      text.append(line(row));
    }
    WholeFile.write(file, text.toString());
    writer = Files.newBufferedWriter(file, StandardOpenOption.APPEND);
  }

  /** Empty where the program ended while it wrote it. */
  private static List<String> row(String line) {
    try {
      return List.of(JSON.readValue(line, String[].class));
    } catch (JsonProcessingException e) {
      return List.of();
    }
  }

  private static String line(List<String> row) throws JsonProcessingException {
    return JSON.writeValueAsString(row) + "\n";
  }

  /** The rows so far. */
  List<List<String>> rows() {
    return Collections.unmodifiableList(rows);
  }

  /** Adds a row, and has it on disk. */
  void add(List<String> row) throws IOException {
    rows.add(row);
    writer.write(line(row));
    writer.flush();
  }

  /** Removes the file, once the table is whole. */
  void delete() throws IOException {
    close();
    Files.delete(file);
  }

  @Override
  public void close() throws IOException {
    writer.close();
  }
}
