package io.pneuma.bench;

import io.pneuma.inference.Featuriser;
import io.pneuma.platform.FeatureWorkers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The largest resident set while the trio featurises ten thousand images; half an hour or more. */
final class MemoryOfMany {
  private static final List<Integer> MARKS = List.of(100, 1000, 5000, 10000);

  private MemoryOfMany() {}

  static void print(Path models, Path folder) throws IOException {
    List<Featuriser> trio = PneumaFeatures.featurisers("trio", models);
    System.out.printf("%-10s %s%n", "images", "largest resident set, MiB (Linux)");
    int done = 0;
    List<CompletableFuture<float[]>> before = List.of(); // A batch under way, as in the bank.
    for (int mark : MARKS) {
      for (; done < mark; done += FeatureTask.IMAGES) {
        INDArray images = PneumaFeatures.images(FeatureTask.IMAGES); // New ones, as decoding makes.
        List<CompletableFuture<float[]>> next =
            trio.stream().map(featuriser -> featuriser.start(images)).toList();
        before.forEach(FeatureWorkers::await);
        before = next;
      }
      System.out.printf("%-10d %d%n", done, residentMebibytes());
    }
    before.forEach(FeatureWorkers::await);
    trio.forEach(Featuriser::close);
  }

  private static long residentMebibytes() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("VmHWM:")) {
        return Long.parseLong(line.replaceAll("\\D", "")) / 1024;
      }
    }
    throw new BenchException("this system does not tell the largest resident set");
  }
}
