package io.pneuma.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * A child process: makes the task that its arguments name, says what it is, and does a turn for
 * each line on its standard input, which holds the seconds that the turn should take.
 *
 * <p>Each side has a process of its own since ND4J, oneDNN and libtorch each bring an OpenMP
 * runtime, whose threads would wait in each other's way; and so its memory is its own.
 */
final class Worker {
  /** Java compiles what is often run. */
  private static final double WARM_UP_SECONDS = 5;

  private Worker() {}

  public static void main(String[] args) throws Exception {
    PrintStream answers = System.out;
    System.setOut(System.err); // Libraries print.
    ObjectMapper json = new ObjectMapper();
    List<String> arguments = Arrays.asList(args).subList(1, args.length);
    try (Task task = Tasks.named(args[0]).start(arguments)) {
      double[] check = task.check();
      turn(task, WARM_UP_SECONDS);
      answers.println(json.writeValueAsString(Map.of("setup", task.setup(), "check", check)));
      BufferedReader turns =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      for (String line = turns.readLine(); line != null; line = turns.readLine()) {
        answers.println(json.writeValueAsString(turn(task, Double.parseDouble(line))));
      }
    }
    System.exit(0); // Some libraries leave threads behind.
  }

  private static Map<String, Object> turn(Task task, double seconds) throws Exception {
    long items = 0;
    long start = System.nanoTime();
    double taken;
    do {
      items += task.run();
      taken = (System.nanoTime() - start) / 1e9;
    } while (taken < seconds);
    return Map.of("seconds", taken, "items", items);
  }
}
