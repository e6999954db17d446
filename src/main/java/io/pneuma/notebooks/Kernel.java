package io.pneuma.notebooks;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import jdk.jshell.DeclarationSnippet;
import jdk.jshell.Diag;
import jdk.jshell.EvalException;
import jdk.jshell.JShell;
import jdk.jshell.JShellException;
import jdk.jshell.Snippet;
import jdk.jshell.SnippetEvent;
import jdk.jshell.SourceCodeAnalysis;
import jdk.jshell.SourceCodeAnalysis.CompletionInfo;
import jdk.jshell.execution.LocalExecutionControl;
import jdk.jshell.spi.ExecutionControl;
import jdk.jshell.spi.ExecutionControlProvider;
import jdk.jshell.spi.ExecutionEnv;

/** Executes cells in this process one after another; a cell sees what those before it declared. */
final class Kernel implements AutoCloseable {
  private final Execution execution = new Execution();
  private final JShell shell;

  Kernel() {
    shell = JShell.builder().executionEngine(new Provider(execution), Map.of()).build();
    shell.addToClasspath(System.getProperty("java.class.path"));
  }

  /**
   * What a cell gave.
   *
   * @param printed to standard output
   * @param value of its last expression; null where the cell ends with a semicolon or a statement
   */
  record Result(String printed, Object value) {}

  /** A cell that was refused or has thrown, and in which of its lines, from 1. */
  static final class CellException extends Exception {
    private static final long serialVersionUID = 1;
    private final int line;

    CellException(int line, String message) {
      super(message);
      this.line = line;
    }

    int line() {
      return line;
    }
  }

  /** Executes a cell. */
  Result run(String cell) throws CellException {
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    PrintStream before = System.out;
    Object value = null;
    try (PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8)) {
      System.setOut(out);
      String rest = cell.stripLeading();
      while (!rest.isEmpty()) {
        CompletionInfo next = shell.sourceCodeAnalysis().analyzeCompletion(rest);
        if (next.completeness() == SourceCodeAnalysis.Completeness.EMPTY) {
          break; // A comment alone.
        }
        // What is no Java has no remainder; the compiler says why.
        String source = next.source() == null ? rest : next.source();
        value = run(cell, cell.length() - rest.length(), source);
        rest = next.source() == null ? "" : next.remaining().stripLeading();
      }
    } finally {
      System.setOut(before);
    }
    return new Result(
        printed.toString(StandardCharsets.UTF_8),
        cell.stripTrailing().endsWith(";") ? null : value);
  }

  private Object run(String cell, int start, String source) throws CellException {
    execution.value = null;
    SnippetEvent event = shell.eval(source).get(0);
    Snippet snippet = event.snippet();
    if (event.exception() != null) {
      throw failure(cell, start, snippet, event.exception());
    }
    if (event.status() != Snippet.Status.VALID) {
      Diag error = shell.diagnostics(snippet).filter(Diag::isError).findFirst().orElse(null);
      String missing =
          snippet instanceof DeclarationSnippet declaration
              ? String.join(", ", shell.unresolvedDependencies(declaration).toList())
              : source.strip();
      throw error == null
          ? new CellException(line(cell, start), "cannot find " + missing)
          : new CellException(
              line(cell, start + (int) error.getStartPosition()), error.getMessage(null).strip());
    }
    boolean expression =
        snippet.kind() == Snippet.Kind.EXPRESSION
            || snippet.subKind() == Snippet.SubKind.TEMP_VAR_EXPRESSION_SUBKIND;
    return expression ? execution.value : null;
  }

  private static CellException failure(
      String cell, int start, Snippet snippet, JShellException failure) {
    int line = line(cell, start);
    String here = "#" + snippet.id();
    List<StackTraceElement> trace = List.of(failure.getStackTrace());
    for (StackTraceElement frame : trace) {
      if (here.equals(frame.getFileName())) {
        line += frame.getLineNumber() - 1;
        break;
      }
    }
    String type = failure instanceof EvalException e ? e.getExceptionClassName() : "unresolved";
    String message = failure.getMessage();
    return new CellException(line, type + (message == null ? "" : ": " + message));
  }

  private static int line(String cell, int offset) {
    return 1 + (int) cell.substring(0, offset).chars().filter(c -> c == '\n').count();
  }

  @Override
  public void close() {
    shell.close();
  }

  /** On the calling thread, with this program's classes and native libraries; keeps the value. */
  private static final class Execution extends LocalExecutionControl {
    private Object value;

    @Override
    protected String invoke(Method snippet) throws Exception {
      value = snippet.invoke(null);
      return "";
    }
  }

  private record Provider(Execution execution) implements ExecutionControlProvider {
    @Override
    public String name() {
      return "pneuma";
    }

    @Override
    public ExecutionControl generate(ExecutionEnv environment, Map<String, String> parameters) {
      return execution;
    }
  }
}
