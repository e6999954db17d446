package io.pneuma.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that torch wrote, in both of its formats. */
class TorchFileTest {
  @TempDir Path temporary;

  private WeightsFile open(byte[] bytes) throws IOException {
    return WeightsFile.open(Files.write(temporary.resolve("x.pth"), bytes));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "state-zip",
        "state-legacy",
        "module-zip",
        "module-legacy",
        "checkpoint-zip",
        "checkpoint-legacy"
      })
  void findsTheSameStateDictInEachFile(String name) throws IOException {
    try (WeightsFile file = open(TorchBytes.resource(name))) {
      assertEquals("torch", file.format());
      assertEquals(Map.of(), file.metadata());
      assertEquals(
          List.of(
              "conv.weight",
              "conv.bias",
              "norm.weight",
              "norm.bias",
              "norm.running_mean",
              "norm.running_var",
              "norm.num_batches_tracked"),
          List.copyOf(file.keys()));
      assertArrayEquals(new long[] {2, 1, 1, 1}, file.tensor("conv.weight").shape());
      for (String key : file.keys()) {
        Tensor tensor = file.tensor(key);
        if (key.endsWith("tracked")) {
          assertEquals("norm.num_batches_tracked I64 []", tensor.toString());
          assertEquals(0, tensor.data().getLong());
        } else {
          assertArrayEquals(new float[] {0, 1}, tensor.floats(false), key);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"kinds-zip", "kinds-legacy"})
  void readsEveryTypeOfElement(String name) throws IOException {
    try (WeightsFile file = open(TorchBytes.resource(name))) {
      for (String key : List.of("half", "bfloat16", "double")) {
        assertArrayEquals(new float[] {1.5f, -2}, file.tensor(key).floats(false), key);
      }
      Map<String, String> others =
          Map.of(
              "long", "0100000000000000feffffffffffffff",
              "int", "01000000feffffff",
              "short", "0100feff",
              "char", "01fe",
              "byte", "0102",
              "bool", "0100");
      others.forEach((key, hex) -> assertEquals(hex, hex(file, key), key));
      assertEquals("scalar F32 []", file.tensor("scalar").toString());
      assertArrayEquals(new float[] {7}, file.tensor("scalar").floats(false));
      assertEquals("empty F32 [3, 0]", file.tensor("empty").toString());
      assertArrayEquals(new float[0], file.tensor("empty").floats(false));
      assertArrayEquals(new float[] {4}, file.tensor("parameter").floats(false));
    }
  }

  private static String hex(WeightsFile file, String key) {
    try {
      ByteBuffer data = file.tensor(key).data();
      byte[] bytes = new byte[data.remaining()];
      data.get(bytes);
      return HexFormat.of().formatHex(bytes);
    } catch (WeightsException e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"kinds-zip", "kinds-legacy"})
  void gathersTensorsThatDoNotLieInOrder(String name) throws IOException {
    try (WeightsFile file = open(TorchBytes.resource(name))) {
      float[] whole = file.tensor("whole").floats(false);
      assertEquals(24, whole.length);
      float[] transposed = new float[24];
      for (int i = 0; i < 24; i++) { // (4, 3, 2) out of (2, 3, 4).
        transposed[i] = whole[i % 2 * 12 + i / 2 % 3 * 4 + i / 6];
      }
      assertEquals("transposed F32 [4, 3, 2]", file.tensor("transposed").toString());
      assertArrayEquals(transposed, file.tensor("transposed").floats(false));
      assertArrayEquals(new float[] {16, 18, 20, 22}, file.tensor("offset").floats(false));
      assertEquals("last F32 [1, 2, 3, 4]", file.tensor("last").toString());
      assertArrayEquals(whole, file.tensor("last").floats(false));
    }
  }

  @Test
  void takesThePairsOfAnOrderedDictOfPython2() throws IOException {
    String pair = "](" + TorchBytes.text("w") + TorchBytes.tensor(0, tuple(1), tuple(1), 1) + "e";
    String pickle = "\u0080\2ccollections\nOrderedDict\n](" + pair + "e\u0085R.";
    try (WeightsFile file = open(TorchBytes.zip(pickle, new byte[] {0, 0, (byte) 0x80, 0x3f}))) {
      assertArrayEquals(new float[] {1}, file.tensor("w").floats(false));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          N.                       | holds None; expected a state dict or a module
          ].                       | holds a list; expected a state dict or a module
          K\1.                     | holds a number; expected a state dict or a module
          }.                       | expected a dict of tensors, or one entry that is a dict of tensors or a module; found an empty dict
          """)
  void saysWhatItHoldsInsteadOfWeights(String pickle, String problem) {
    refuses(problem, TorchBytes.PROTOCOL + pickle);
  }

  @Test
  void saysWhichEntriesThereAre() {
    String tensor = TorchBytes.tensor(0, tuple(1), tuple(1), 1);
    String state = "}" + TorchBytes.text("w") + tensor + "s";
    String expected =
        "expected a dict of tensors, or one entry that is a dict of tensors or a module";
    refuses(
        expected + "; found \"model\": a dict of 1 tensors, \"ema\": a dict of 1 tensors",
        "\u0080\2}(" + TorchBytes.text("model") + state + TorchBytes.text("ema") + state + "u.");
    refuses(
        expected + "; found 1 tensors beside \"epoch\": a number, \"name\": a text, \"3\": None",
        "\u0080\2}("
            + (TorchBytes.text("w") + tensor + TorchBytes.text("epoch") + "K\3")
            + (TorchBytes.text("name") + TorchBytes.text("x") + "K\3N")
            + "u.");
    refuses(
        expected + "; found \"outer\": a dict of 1 entries, 0 of them tensors",
        "\u0080\2}" + TorchBytes.text("outer") + "}" + TorchBytes.text("inner") + state + "ss.");
    refuses("has a state dict with the key 7, which is no text", "\u0080\2}K\7" + tensor + "s.");
  }

  private void refuses(String problem, String pickle) {
    WeightsException refusal =
        assertThrows(
            WeightsException.class, () -> open(TorchBytes.zip(pickle, new byte[4])).close());
    assertEquals(temporary.resolve("x.pth") + ": " + problem, refusal.getMessage());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"state-zip", "module-zip", "state-legacy", "module-legacy", "checkpoint-legacy"})
  void everyTruncationIsRefused(String name) {
    byte[] whole = TorchBytes.resource(name);
    for (int length = 0; length < whole.length; length++) {
      MemoryBytes part = new MemoryBytes(Path.of("x.pth"), Arrays.copyOf(whole, length));
      String message =
          assertThrows(WeightsException.class, part::readTorch, () -> "" + part.size())
              .getMessage();
      assertTrue(message.startsWith("x.pth: ") && message.lines().count() == 1, message);
    }
    for (int length = 0; length < 100; length++) { // By way of the file's first bytes.
      byte[] part = Arrays.copyOf(whole, length);
      assertThrows(WeightsException.class, () -> open(part).close());
    }
  }

  @Test
  void bytesBehindTheLastStorageOfTheOlderFormatAreRefused() {
    byte[] whole = TorchBytes.resource("state-legacy");
    WeightsException refusal =
        assertThrows(
            WeightsException.class, () -> open(Arrays.copyOf(whole, whole.length + 1)).close());
    assertEquals(
        temporary.resolve("x.pth") + ": 1 bytes at the file's end belong to no storage",
        refusal.getMessage());
  }

  private static String tuple(long... numbers) {
    return TorchBytes.tuple(numbers);
  }
}
