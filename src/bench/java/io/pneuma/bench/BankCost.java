package io.pneuma.bench;

import java.nio.file.Path;
import java.util.List;

/** Reading a view's features back from the bank against computing them. */
final class BankCost {
  private BankCost() {}

  static void print(Path models, Path folder) throws Exception {
    List<String> arguments =
        List.of(
            models.toString(),
            Radiographs.jpegs(folder).toString(),
            folder.resolve("bank").toString());
    double computed;
    try (Task features = PneumaFeatures.start(List.of("trio", models.toString()))) {
      computed = each(features);
    }
    try (PneumaBank bank = PneumaBank.open(arguments)) {
      double read = each(bank);
      System.out.printf(
          "trio, one view: computed %.1f ms, read back %.4f ms, %.3f %%%n",
          1000 * computed, 1000 * read, 100 * read / computed);
    }
  }

  private static double each(Task task) {
    int[] items = new int[1];
    double seconds =
        Stopwatch.seconds(
            () -> {
              try {
                items[0] = task.run();
              } catch (Exception e) {
                throw new IllegalStateException(e);
              }
            });
    return seconds / items[0];
  }
}
