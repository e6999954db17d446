package io.pneuma.notebooks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pneuma.run.RunDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WalkThroughTest {
  private static final String TEXT =
      """
      # A *small* one

      Some text with `code`.

      ```java
      import java.util.List;

      int twice(int x) {
        return 2 * x;
      }

      System.out.println("printed " + twice(2));
      twice(21)
      ```

      ```
      no cell
      ```

      ```java Two grey pixels
      new java.awt.image.BufferedImage(2, 1, java.awt.image.BufferedImage.TYPE_BYTE_GRAY)
      ```

      ```java
      // The share of <some> and others.
      List.of(List.of("what", "share"), List.of("some", "0.25"), List.of("others & more", "10.75"))
      ```

      ```java
      int quiet = twice(1);
      System.getProperty("pneuma.run").length();
      ```

      ```java
      // The last.
      twice(quiet)
      ```
      """;

  @TempDir private Path folder;
  private RunDirectory run;

  @BeforeEach
  void makeRun() {
    run = RunDirectory.create(folder.resolve("run"));
    run.write(run.config(), "");
  }

  private JsonNode exported(String markdown) throws IOException {
    WalkThrough.of("small", markdown).export(run, folder.resolve("out"), done -> {});
    return new ObjectMapper().readTree(folder.resolve("out/small.ipynb").toFile());
  }

  private static JsonNode data(JsonNode notebook, int cell) {
    return notebook.get("cells").get(cell).get("outputs").get(0).get("data");
  }

  private String failure(String markdown) {
    WalkThrough walk = WalkThrough.of("small", markdown);
    Path out = folder.resolve("out");
    NotebookException failure =
        assertThrows(NotebookException.class, () -> walk.export(run, out, done -> {}));
    assertFalse(Files.exists(out), "something was written");
    return failure.getMessage().lines().limit(2).reduce((a, b) -> a + b).orElseThrow();
  }

  @Test
  void cellsGiveWhatTheyPrintAndTheirLastValue() throws IOException {
    JsonNode notebook = exported(TEXT);
    assertEquals(7, notebook.get("cells").size());
    JsonNode outputs = notebook.get("cells").get(1).get("outputs");
    assertEquals("printed 4\n", outputs.get(0).get("text").get(0).asText());
    assertEquals("42", outputs.get(1).get("data").get("text/plain").get(0).asText());
    assertTrue(notebook.get("cells").get(2).toString().contains("no cell"));
    assertEquals("Two grey pixels", data(notebook, 3).get("text/plain").get(0).asText());
    assertTrue(data(notebook, 3).has("image/png"));
    JsonNode table = data(notebook, 4);
    assertEquals(
        List.of("what           share\n", "some            0.25\n", "others & more  10.75"),
        Stream.of(0, 1, 2).map(i -> table.get("text/plain").get(i).asText()).toList());
    assertTrue(table.get("text/html").get(0).asText().contains("others &amp; more"));
    assertEquals(0, notebook.get("cells").get(5).get("outputs").size());
    assertEquals("4", data(notebook, 6).get("text/plain").get(0).asText());
    assertEquals("cell-7", notebook.get("cells").get(6).get("id").asText());
  }

  @Test
  void thePageIsWholeAndSaysWhatPicturesShow() throws IOException {
    exported(TEXT);
    String page = Files.readString(folder.resolve("out/small.html"));
    assertTrue(page.contains("<title>A *small* one</title>"), page);
    assertTrue(page.contains("<h1>A <em>small</em> one</h1>"), page);
    assertTrue(page.contains("alt=\"Two grey pixels\" src=\"data:image/png;base64,"), page);
    assertTrue(page.contains("// The share of &lt;some&gt; and others."), page);
    assertTrue(page.endsWith("</html>\n"));
  }

  @Test
  void whatIsNoJavaIsNamedByItsLine() {
    assertEquals(
        "notebook small, cell 2, line 4 (small.md:11): incompatible types: java.lang.String cannot be"
            + " converted to int  int three = \"3\";",
        failure(
            """
            # Title

            ```java
            int one = 1;
            ```

            ```java
            // Begins.
            int two = 2;

            int three = "3";
            ```
            """));
    assertTrue(
        failure("# Title\n\n```java\nint one = 1\nint two 2;\n```\n").contains("cell 1, line "));
    assertTrue(
        failure("# Title\n\n```java\nint f() {\n  return gone();\n}\n```\n")
            .startsWith("notebook small, cell 1, line 1 (small.md:4): cannot find method gone()"));
  }

  @Test
  void whatThrowsIsNamedByItsLine() {
    assertEquals(
        "notebook small, cell 2, line 5 (small.md:14): java.lang.IllegalStateException: no 7  "
            + "fail(7);",
        failure(
            """
            # Title

            ```java
            void fail(int x) {
              throw new IllegalStateException("no " + x);
            }
            ```

            ```java
            int x = 1;

            // It fails.
            if (x == 1) {
              fail(7);
            }
            ```
            """));
  }

  @Test
  void aPictureWithoutWordsIsRefused() {
    String cell = TEXT.lines().filter(line -> line.contains("BufferedImage")).findFirst().get();
    assertTrue(
        failure("# Title\n\n```java\n" + cell + "\n```\n")
            .contains("cell 1, line 1 (small.md:4): a picture without a description"));
  }

  @Test
  void standardOutputIsAsBefore() {
    var before = System.out;
    failure("# Title\n\n```java\nint one = null;\n```\n");
    assertEquals(before, System.out);
    assertEquals(null, System.getProperty(WalkThrough.RUN));
    assertEquals(null, System.getProperty(WalkThrough.SCRATCH));
  }

  @Test
  void whatCellsWriteIsGone() throws IOException {
    Path told = folder.resolve("told");
    String cell =
        """
        # Title

        ```java
        import java.nio.file.*;
        Path scratch = Path.of(System.getProperty("pneuma.scratch"));
        Files.createDirectories(scratch.resolve("a/b"));
        Files.writeString(scratch.resolve("a/b/copy.png"), "");
        Files.writeString(Path.of("%s"), scratch.toString());
        ```
        """
            .formatted(told);
    failure(cell + "\n```java\nint[] none = new int[-1];\n```\n");
    assertFalse(Files.exists(Path.of(Files.readString(told))));
    Files.delete(told);
    exported(cell);
    assertFalse(Files.exists(Path.of(Files.readString(told))));
  }

  @Test
  void whatIsStaleIsNoticed() throws IOException {
    String text = TEXT.replace("import java.util.List;\n", "import java.util.List;\n// 1\n");
    JsonNode first = exported(text);
    assertEquals(List.of(), Staleness.of(first, exported(text)));
    assertEquals(List.of(), Staleness.of(first, changed(first, "  10.75", "  10.95")));
    for (String[] change :
        new String[][] {
          {"// 1", "// 2"}, // A source.
          {"printed 4", "printed 5"}, // A whole number.
          {"printed 4", "says 4"}, // A word.
          {"   0.25", "   0.75"}, // A measured number that is far off.
          {"image/png", "image/gif"},
          {"\"cell-7\"", "\"cell-8\""},
          {"[\"Two grey pixels\"]", "[\"Two black pixels\"]"}
        }) {
      JsonNode other = changed(first, change[0], change[1]);
      assertEquals(1, Staleness.of(first, other).size(), change[1] + Staleness.of(first, other));
    }
    String wider = text.replace("BufferedImage(2, 1,", "BufferedImage(3, 1,");
    assertEquals(2, Staleness.of(first, exported(wider)).size()); // The source and the picture.
  }

  /** The notebook with one text for another in the first place where it stands. */
  private static JsonNode changed(JsonNode notebook, String from, String to) throws IOException {
    String json = notebook.toString();
    assertTrue(json.contains(from), from);
    return new ObjectMapper()
        .readTree(
            json.substring(0, json.indexOf(from))
                + to
                + json.substring(json.indexOf(from) + from.length()));
  }

  @Test
  void everyExportedPageIsThatOfItsNotebook() throws IOException {
    for (String name : WalkThrough.NAMES) {
      Path notebook = Path.of("notebooks-exported", name + ".ipynb");
      Path page = Path.of("notebooks-exported", name + ".html");
      JsonNode read = new ObjectMapper().readTree(notebook.toFile());
      assertEquals(Page.of(WalkThrough.named(name).title(), read), Files.readString(page), name);
      for (Path file : List.of(notebook, page)) {
        assertTrue(Files.size(file) < 1_000_000, file + " is too large to be kept in Git");
      }
    }
  }
}
