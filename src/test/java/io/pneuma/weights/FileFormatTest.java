package io.pneuma.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileFormatTest {
  private static final String EXPECTED =
      "; expected safetensors, or a file that torch.save wrote (.pth, .pt)";

  @TempDir Path temporary;

  @Test
  void tellsTheFormatByTheFirstBytesNotTheName() throws IOException {
    Path path = temporary.resolve("x.pth");
    try (WeightsFile file = WeightsFile.open(Files.write(path, SafetensorsBytes.of("{}")))) {
      assertEquals("safetensors", file.format());
    }
    Path other = temporary.resolve("x.safetensors");
    byte[] torch = TorchBytes.resource("state-legacy");
    try (WeightsFile file = WeightsFile.open(Files.write(other, torch))) {
      assertEquals("torch", file.format());
    }
  }

  @Test
  void saysWhatTheFileLooksLikeInstead() {
    refuses("is empty", "");
    refuses("looks like an HTML or XML page, not what was to be downloaded", "\n<!DOCTYPE html>");
    refuses("looks like gzip; unpack it first", "\u001f\u008b\10\0");
    refuses("looks like HDF5 (a Keras .h5 file)", "\u0089HDF\r\n\32\n");
    refuses(
        "is a Git LFS pointer, not the file itself; fetch it with git lfs pull",
        "version https://git-lfs.github.com/spec/v1\n");
    refuses("looks like a Python pickle, but not one that torch.save wrote", "\u0080\4N.");
    refuses("looks like an empty or split zip", "PK\5\6" + "\0".repeat(18));
    refuses("begins with \"abc\", which is no format known", "abc");
    refuses("begins with \"\\u0001\\u0000\", which is no format known", "\1\0");
  }

  @Test
  void saysWhatAZipHoldsInstead() {
    refuses("is a model of Deeplearning4j", zip(Map.of("configuration.json", new byte[0])));
    refuses(
        "is a zip of \"a.txt\" and more, without a data.pkl", zip(Map.of("a.txt", new byte[1])));
  }

  @Test
  void saysWhenThereIsNoFile() {
    Path absent = temporary.resolve("absent");
    assertEquals(
        absent + ": no such file",
        assertThrows(WeightsException.class, () -> WeightsFile.open(absent)).getMessage());
  }

  private static String zip(Map<String, byte[]> entries) {
    return TorchBytes.string(TorchBytes.zip(entries));
  }

  private void refuses(String what, String bytes) {
    Path path = temporary.resolve("weights");
    WeightsException refusal =
        assertThrows(
            WeightsException.class,
            () -> WeightsFile.open(Files.write(path, TorchBytes.bytes(bytes))).close());
    assertEquals(path + ": " + what + EXPECTED, refusal.getMessage());
  }
}
