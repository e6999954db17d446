package io.pneuma.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A contestant that lives in a process of its own, in Java or not, and speaks JSON by the line. */
final class Child implements Contestant {
  private static final int SHOWN_LINES = 12;

  private final Process process;
  private final Path log;
  private final double turnSeconds;
  private final BufferedReader answers;
  private final BufferedWriter turns;
  private final String setup;
  private final double[] check;

  /**
   * Starts the process and waits until it is ready.
   *
   * @param log takes its standard error
   * @param turnSeconds what a turn should take at least
   */
  Child(List<String> command, Path log, double turnSeconds) throws IOException {
    this.log = log;
    this.turnSeconds = turnSeconds;
    Files.createDirectories(log.getParent());
    process = new ProcessBuilder(command).redirectError(log.toFile()).start();
    answers = process.inputReader(StandardCharsets.UTF_8);
    turns = process.outputWriter(StandardCharsets.UTF_8);
    JsonNode hello = answer();
    setup = hello.get("setup").asText();
    check = new ObjectMapper().convertValue(hello.get("check"), double[].class);
  }

  @Override
  public String setup() {
    return setup;
  }

  @Override
  public List<double[]> checks() {
    return List.of(check);
  }

  @Override
  public Turn turn() throws IOException {
    Duration before = processorTime();
    turns.write(turnSeconds + "\n");
    turns.flush();
    JsonNode answer = answer();
    Duration processor = processorTime().minus(before);
    double items = answer.get("items").asDouble();
    return new Turn(answer.get("seconds").asDouble() / items, processor.toNanos() / 1e9 / items);
  }

  /** Of the process and of those it has started. */
  private Duration processorTime() {
    return Stream.concat(Stream.of(process.toHandle()), process.descendants())
        .map(handle -> handle.info().totalCpuDuration().orElse(Duration.ZERO))
        .reduce(Duration.ZERO, Duration::plus);
  }

  private JsonNode answer() throws IOException {
    String line = answers.readLine();
    if (line != null) {
      return new ObjectMapper().readTree(line);
    }
    List<String> lines = Files.readAllLines(log);
    List<String> last = lines.subList(Math.max(0, lines.size() - SHOWN_LINES), lines.size());
    throw new BenchException(
        "its process ended early; the end of " + log + ":\n  " + String.join("\n  ", last));
  }

  @Override
  public void close() {
    try {
      turns.close(); // It ends by itself at the end of its input.
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (IOException e) {
      process.destroyForcibly(); // It had ended already.
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
