package io.pneuma.notebooks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;

/** A notebook in the form of Jupyter's nbformat 4.5, as it grows cell by cell. */
final class Notebook {
  private static final int MAJOR = 4;
  private static final int MINOR = 5;

  private final ObjectNode root = JsonNodeFactory.instance.objectNode();
  private final ArrayNode cells = root.putArray("cells");
  private int executed;

  Notebook() {
    ObjectNode metadata = root.putObject("metadata");
    metadata
        .putObject("kernelspec")
        .put("display_name", "Java")
        .put("language", "java")
        .put("name", "java");
    metadata
        .putObject("language_info")
        .put("codemirror_mode", "text/x-java")
        .put("file_extension", ".jshell")
        .put("mimetype", "text/x-java-source")
        .put("name", "Java")
        .put("pygments_lexer", "java");
    root.put("nbformat", MAJOR);
    root.put("nbformat_minor", MINOR);
  }

  void addText(String markdown) {
    cell("markdown", markdown);
  }

  /**
   * Adds an executed cell.
   *
   * @param printed to standard output; may be empty
   * @param shown of its value, by MIME type; may be empty
   */
  void addCode(String source, String printed, Map<String, String> shown) {
    executed++;
    ObjectNode cell = cell("code", source);
    cell.put("execution_count", executed);
    ArrayNode outputs = cell.putArray("outputs");
    if (!printed.isEmpty()) {
      ObjectNode stream = outputs.addObject();
      stream.put("name", "stdout").put("output_type", "stream");
      stream.set("text", lines(printed));
    }
    if (!shown.isEmpty()) {
      ObjectNode result = outputs.addObject();
      ObjectNode data = result.putObject("data");
      shown.forEach((type, text) -> data.set(type, lines(text)));
      result.put("execution_count", executed);
      result.putObject("metadata");
      result.put("output_type", "execute_result");
    }
  }

  private ObjectNode cell(String type, String source) {
    ObjectNode cell = cells.addObject();
    cell.put("cell_type", type).put("id", "cell-" + cells.size());
    cell.putObject("metadata");
    cell.set("source", lines(source));
    return cell;
  }

  /** A text as nbformat has it: its lines with their ends. */
  private static ArrayNode lines(String text) {
    ArrayNode lines = JsonNodeFactory.instance.arrayNode();
    List.of(text.split("(?<=\n)")).forEach(lines::add);
    return lines;
  }

  JsonNode json() {
    return root;
  }
}
