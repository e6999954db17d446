package io.pneuma.notebooks;

import com.fasterxml.jackson.databind.JsonNode;
import io.pneuma.notebooks.Kernel.CellException;
import io.pneuma.notebooks.Kernel.Result;
import io.pneuma.run.Json;
import io.pneuma.run.RunDirectory;
import io.pneuma.run.WholeFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;

/** A walk-through: text and cells of Java that are executed on a run. */
public final class WalkThrough {
  /** The names of all, in the order in which they are best read. */
  public static final List<String> NAMES = List.of("data", "fusion", "table2", "failures");

  /** The system property by which cells find the run. */
  static final String RUN = "pneuma.run";

  /** The system property by which cells find a folder for what they write; gone afterwards. */
  static final String SCRATCH = "pneuma.scratch";

  private final String name;
  private final List<Piece> pieces;

  private WalkThrough(String name, List<Piece> pieces) {
    this.name = name;
    this.pieces = pieces;
  }

  /** One of {@link #NAMES}. */
  public static WalkThrough named(String name) {
    try (InputStream in = WalkThrough.class.getResourceAsStream(name + ".md")) {
      return of(name, new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static WalkThrough of(String name, String markdown) {
    return new WalkThrough(name, Piece.of(markdown));
  }

  /** Whether this Java can execute cells. */
  public static boolean canExecute() {
    return ModuleLayer.boot().findModule("jdk.jshell").isPresent();
  }

  /** Its heading. */
  public String title() {
    return pieces.get(0).text().lines().findFirst().orElseThrow().replaceFirst("^# *", "");
  }

  /** The number of its cells. */
  public long cells() {
    return pieces.stream().filter(Piece::code).count();
  }

  /**
   * Executes every cell, then writes {@code NAME.ipynb} and {@code NAME.html}.
   *
   * @param run that the cells look at
   * @param folder for the two files
   * @param done called with the number of cells executed so far
   * @return the page
   * @throws NotebookException when a cell fails; nothing is written then
   */
  public Path export(RunDirectory run, Path folder, LongConsumer done) {
    JsonNode notebook = execute(run, done);
    Path page = folder.resolve(name + ".html");
    WholeFile.write(folder.resolve(name + ".ipynb"), Json.write(notebook));
    WholeFile.write(page, Page.of(title(), notebook));
    return page;
  }

  private JsonNode execute(RunDirectory run, LongConsumer done) {
    Notebook notebook = new Notebook();
    try (Scratch scratch = new Scratch()) {
      String beforeRun = System.setProperty(RUN, run.root().toString());
      String beforeScratch = System.setProperty(SCRATCH, scratch.folder().toString());
      try (Kernel kernel = new Kernel()) {
        execute(kernel, notebook, done);
      } finally {
        restore(RUN, beforeRun);
        restore(SCRATCH, beforeScratch);
      }
    }
    return notebook.json();
  }

  private static void restore(String property, String before) {
    if (before == null) {
      System.clearProperty(property);
    } else {
      System.setProperty(property, before);
    }
  }

  private void execute(Kernel kernel, Notebook notebook, LongConsumer done) {
    int cell = 0;
    for (Piece piece : pieces) {
      if (piece.code()) {
        cell++;
        execute(kernel, cell, piece, notebook);
        done.accept(cell);
      } else {
        notebook.addText(piece.text());
      }
    }
  }

  private void execute(Kernel kernel, int cell, Piece piece, Notebook notebook) {
    try {
      Result result = kernel.run(piece.text());
      Map<String, String> shown =
          result.value() == null ? Map.of() : Display.of(result.value(), piece.alt());
      notebook.addCode(piece.text(), result.printed(), shown);
    } catch (CellException e) {
      throw failed(cell, piece, e.line(), e.getMessage());
    } catch (IllegalArgumentException e) {
      throw failed(cell, piece, (int) piece.text().lines().count(), e.getMessage());
    }
  }

  private NotebookException failed(int cell, Piece piece, int line, String why) {
    return new NotebookException(
        "notebook %s, cell %d, line %d (%s.md:%d): %s%n  %s%nnothing was exported"
            .formatted(
                name,
                cell,
                line,
                name,
                piece.line() + line - 1,
                why,
                piece.text().lines().skip(line - 1L).findFirst().orElse("").strip()));
  }
}
