package io.pneuma.weights;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Mutated files of torch: each is either refused with a WeightsException or can be read. */
@Timeout(value = 30, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TorchFuzzTest {
  private static final int MUTANTS = 20_000;
  private static final int MOST_MUTATIONS = 4;
  private static final int MOST_BYTES_EACH = 2_000_000;
  private static final String PICKLE = "archive/data.pkl";

  private static final byte[][] PIECES =
      Stream.of(
              "(",
              ".",
              "0",
              "1",
              "2",
              ")",
              "]",
              "}",
              "N",
              "R",
              "Q",
              "a",
              "b",
              "d",
              "e",
              "l",
              "o",
              "s",
              "t",
              "u",
              "\u0081",
              "\u0085",
              "\u0086",
              "\u0087",
              "\u0088",
              "\u008f",
              "\u0090",
              "\u0091",
              "\u0092",
              "\u0093",
              "\u0094",
              "h\0",
              "h\1",
              "h\7",
              "q\0",
              "q\1",
              "K\0",
              "J\u00ff\u00ff\u00ff\u00ff",
              "J\u00ff\u00ff\u00ff\u007f",
              "L1L\n",
              "I1\n",
              "F1\n",
              "\u008a\u00ff",
              "\u008b\u00ff\u00ff\u00ff\u007f",
              "X\u00ff\u00ff\u00ff\u007f",
              "X\1",
              "B\0\0\0@",
              "\u008d\0\0\0\0\1\0\0\0",
              "\u0095\0\0\0\0\0\0\0\u007f",
              "\u0080\5",
              "j\0\0\1\0",
              "r\u00ff\u00ff\u00ff\u00ff",
              "cos\nsystem\n",
              "ios\nsystem\n",
              "cbuiltins\neval\n",
              "ccollections\nOrderedDict\n",
              "c__builtin__\nset\n",
              "ctorch\nSize\n",
              "ctorch\nFloatStorage\n",
              "ctorch._utils\n_rebuild_tensor_v2\n",
              "ctorch._utils\n_rebuild_parameter\n",
              "ctorch.nn.modules.container\nSequential\n)\u0081",
              "X\1\0\0\0a",
              "\u0082\1",
              TorchBytes.number(Long.MAX_VALUE),
              TorchBytes.number(-1),
              "(K\1K\2t",
              "]\u0094h\0a")
          .map(TorchBytes::bytes)
          .toArray(byte[][]::new);

  private final Random random = new Random(1001);
  private final Mutation mutation = new Mutation(random, PIECES);

  @Test
  void mutatedPicklesInAZipNeverEndInAnotherError() throws IOException {
    List<Map<String, byte[]>> seeds = new ArrayList<>();
    for (String name : List.of("state-zip", "module-zip", "kinds-zip", "checkpoint-zip")) {
      Map<String, byte[]> entries = TorchBytes.unzip(TorchBytes.resource(name));
      String root = entries.keySet().iterator().next().replace("/data.pkl", "/");
      Map<String, byte[]> renamed = new LinkedHashMap<>();
      entries.forEach((key, bytes) -> renamed.put(key.replace(root, "archive/"), bytes));
      seeds.add(renamed);
    }
    run(
        () -> {
          Map<String, byte[]> mutant = new LinkedHashMap<>(pick(seeds));
          mutant.compute(PICKLE, (key, pickle) -> mutate(pickle, 0, pickle.length));
          return TorchBytes.zip(mutant);
        });
  }

  @Test
  void mutatedZipsNeverEndInAnotherError() {
    List<byte[]> seeds = Stream.of("state-zip", "kinds-zip").map(TorchBytes::resource).toList();
    run(
        () -> {
          byte[] seed = pick(seeds);
          int directory = seed.length * 3 / 4; // Somewhere before it, among the storages.
          return mutate(seed, random.nextBoolean() ? 0 : directory, seed.length);
        });
  }

  @Test
  void mutatedFilesOfTheOlderFormatNeverEndInAnotherError() {
    List<byte[]> seeds =
        Stream.of("state-legacy", "module-legacy", "kinds-legacy", "checkpoint-legacy")
            .map(TorchBytes::resource)
            .toList();
    run(
        () -> {
          byte[] seed = pick(seeds);
          return mutate(seed, 0, seed.length);
        });
  }

  private interface Mutants {
    byte[] next() throws IOException;
  }

  private void run(Mutants mutants) {
    FuzzBudget budget = new FuzzBudget(MOST_BYTES_EACH);
    int count = FuzzBudget.mutants(MUTANTS);
    int taken = 0;
    for (int i = 0; i < count; i++) {
      byte[] mutant = next(mutants);
      MemoryBytes bytes = new MemoryBytes(Path.of("x.pth"), mutant);
      if (budget.takes(bytes::readTorch, i, mutant)) {
        taken++;
      }
    }
    budget.report(taken);
    assertTrue(taken > count / 1000 && taken < count, taken + " mutants taken");
  }

  private static byte[] next(Mutants mutants) {
    try {
      return mutants.next();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private byte[] mutate(byte[] bytes, int from, int until) {
    byte[] mutant = bytes;
    for (int j = 1 + random.nextInt(MOST_MUTATIONS); j > 0; j--) {
      int end = Math.max(from + 1, Math.min(mutant.length, until));
      mutant =
          mutant.length > from ? mutation.of(mutant, from, Math.min(end, mutant.length)) : mutant;
    }
    return mutant;
  }

  private <T> T pick(List<T> choices) {
    return choices.get(random.nextInt(choices.size()));
  }
}
