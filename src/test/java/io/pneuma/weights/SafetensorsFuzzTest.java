package io.pneuma.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Mutated headers: each is either refused with a WeightsException or opens and can be read. */
@Timeout(value = 30, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SafetensorsFuzzTest {
  private static final int MUTANTS = 200_000;
  private static final int MOST_MUTATIONS = 4;
  private static final int BUFFER = 20;
  private static final int READ_EACH = 50;
  private static final int MOST_BYTES_EACH = 100_000;

  private static final String SOUND =
      "{\"__metadata__\":{\"format\":\"pt\"},"
          + "\"layer.weight\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[0,8]},"
          + "\"layer.bias\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[8,12]},"
          + "\"steps\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[12,20]}}";

  private static final String[] PIECES = {
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    "\\u0000",
    "\\ud800",
    "null",
    "true",
    "NaN",
    "1e9",
    "-1",
    "0",
    "00",
    "1",
    "4",
    "8",
    "12",
    "20",
    "4294967296",
    "9223372036854775807",
    "18446744073709551615",
    "99999999999999999999999999",
    "1.5",
    "\"F32\"",
    "\"F64\"",
    "\"BF16\"",
    "\"BOOL\"",
    "\"shape\":[]",
    "\"shape\":[0]",
    "\"dtype\":\"U8\"",
    "\"data_offsets\":[0,0]",
    "\"__metadata__\":{}",
    "\"x\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[8,8]},",
    " ",
    "\n",
    "\0",
    "/**/",
    "//",
    "'",
    "\u00e9",
    "\ufeff"
  };

  @TempDir Path temporary;

  @Test
  void mutatedHeadersNeverEndInAnotherError() throws IOException {
    Random random = new Random(20_000);
    Path path = Path.of("x.pth");
    Path file = temporary.resolve("mutant.safetensors");
    FuzzBudget budget = new FuzzBudget(MOST_BYTES_EACH);
    int count = FuzzBudget.mutants(MUTANTS);
    int opened = 0;
    for (int i = 0; i < count; i++) {
      byte[] mutant = SOUND.getBytes(StandardCharsets.UTF_8);
      for (int j = 1 + random.nextInt(MOST_MUTATIONS); j > 0; j--) {
        mutant = mutate(mutant, random);
      }
      byte[] header = mutant;
      if (budget.takes(
          () -> checkTiling(SafetensorsHeader.parse(path, header, BUFFER)), i, header)) {
        // Every rule is checked by now; a file for each mutant would take most of the time.
        if (opened++ % READ_EACH == 0) {
          Files.write(file, SafetensorsBytes.of(header, new byte[BUFFER]));
          readAll(file);
        }
      }
    }
    budget.report(opened);
    assertTrue(opened > count / 1000 && opened < count / 2, opened + " mutants opened");
  }

  /** The format's own promise, computed the simple way: each byte belongs to one tensor. */
  private static boolean checkTiling(SafetensorsHeader header) {
    int[] owners = new int[BUFFER];
    for (SafetensorsHeader.Entry entry : header.entries().values()) {
      long size = Arrays.stream(entry.shape()).reduce(entry.dtype().width(), Math::multiplyExact);
      assertEquals(size, entry.end() - entry.begin());
      for (long i = entry.begin(); i < entry.end(); i++) {
        owners[(int) i]++;
      }
    }
    assertTrue(Arrays.stream(owners).allMatch(owner -> owner == 1));
    return true;
  }

  private static void readAll(Path path) throws WeightsException {
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      for (String key : file.keys()) {
        Tensor tensor = file.tensor(key);
        if (tensor.dtype().isFloat()) {
          tensor.floats(false); // The buffer is all zeros, so every float is finite.
        }
      }
    }
  }

  private static byte[] mutate(byte[] header, Random random) throws IOException {
    int at = random.nextInt(header.length + 1);
    int until = Math.min(header.length, at + random.nextInt(12));
    byte[] changed = header.clone();
    switch (random.nextInt(6)) {
      case 0 -> { // One bit.
        if (at < changed.length) {
          changed[at] ^= (byte) (1 << random.nextInt(8));
        }
        return changed;
      }
      case 1 -> { // Another digit, where the numbers are.
        for (int i = at; i < changed.length; i++) {
          if (changed[i] >= '0' && changed[i] <= '9') {
            changed[i] = (byte) ('0' + random.nextInt(10));
            break;
          }
        }
        return changed;
      }
      case 2 -> { // A piece left out.
        return join(header, at, new byte[0], until);
      }
      case 3 -> { // A piece twice.
        return join(header, until, Arrays.copyOfRange(header, at, until), until);
      }
      case 4 -> { // A piece put in.
        return join(header, at, piece(random), at);
      }
      default -> { // A piece for another.
        return join(header, at, piece(random), until);
      }
    }
  }

  private static byte[] piece(Random random) {
    return PIECES[random.nextInt(PIECES.length)].getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] join(byte[] header, int end, byte[] middle, int start) throws IOException {
    ByteArrayOutputStream joined = new ByteArrayOutputStream();
    joined.write(header, 0, end);
    joined.write(middle);
    joined.write(header, start, header.length - start);
    return joined.toByteArray();
  }
}
