package io.pneuma.bench;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Tables without a peer; each is printed by a process of its own, when asked for by its name. */
final class Extras {
  private static final Map<String, Table> ALL =
      Map.of(
          "peak", Peak::print,
          "scaling", Scaling::print,
          "bank", BankCost::print,
          "memory", MemoryOfMany::print);

  private Extras() {}

  /** Prints a table. */
  @FunctionalInterface
  interface Table {
    /**
     * Measures and prints.
     *
     * @param models the folder of models
     * @param folder takes what the benchmark makes
     */
    void print(Path models, Path folder) throws Exception;
  }

  static boolean has(String name) {
    return ALL.containsKey(name);
  }

  static List<String> names() {
    return ALL.keySet().stream().sorted().toList();
  }

  /** Arguments: the table, the folder of models, the benchmark's folder. */
  public static void main(String[] args) throws Exception {
    Locale.setDefault(Locale.ROOT);
    Machine.start();
    ALL.get(args[0]).print(Path.of(args[1]), Path.of(args[2]));
    System.out.flush();
    System.exit(0); // Some libraries leave threads behind.
  }
}
