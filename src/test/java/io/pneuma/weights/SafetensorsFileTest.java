package io.pneuma.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pneuma.weights.SafetensorsWriter.FloatTensor;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsFileTest {
  @TempDir Path temporary;

  @Test
  void readsBackWhatTheWriterWrote() throws IOException {
    Map<String, FloatTensor> tensors = new LinkedHashMap<>();
    float[] many = new float[100_003];
    for (int i = 0; i < many.length; i++) {
      many[i] = i / 7f;
    }
    tensors.put("many", new FloatTensor(new long[] {100_003}, many));
    tensors.put(
        "a \"quoted\" ключ", new FloatTensor(new long[] {2, 1}, new float[] {-0f, 1.4e-45f}));
    tensors.put("empty", new FloatTensor(new long[] {3, 0}, new float[0]));
    tensors.put("scalar", new FloatTensor(new long[0], new float[] {Float.MAX_VALUE}));
    Path path = temporary.resolve("x.safetensors");
    Files.writeString(path, "older");
    SafetensorsWriter.write(path, tensors);
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      assertEquals(List.copyOf(tensors.keySet()), List.copyOf(file.keys()));
      assertEquals(Map.of(), file.metadata());
      for (Map.Entry<String, FloatTensor> written : tensors.entrySet()) {
        Tensor read = file.tensor(written.getKey());
        assertEquals(DType.F32, read.dtype());
        assertArrayEquals(written.getValue().shape(), read.shape());
        assertArrayEquals(written.getValue().values(), read.floats(false));
      }
    }
    try (Stream<Path> files = Files.list(temporary)) {
      assertEquals(List.of(path), files.toList());
    }
  }

  @Test
  void theWriterRefusesWhatDoesNotFit() {
    assertThrows(
        IllegalArgumentException.class, () -> new FloatTensor(new long[] {2, 2}, new float[3]));
    Path path = temporary.resolve("x.safetensors");
    Map<String, FloatTensor> tensors =
        Map.of("__metadata__", new FloatTensor(new long[] {1}, new float[1]));
    assertThrows(IllegalArgumentException.class, () -> SafetensorsWriter.write(path, tensors));
    assertTrue(Files.notExists(path));
  }

  @Test
  void takesTensorsInAnyOrderAndSpacesAfterTheHeader() throws IOException {
    Path path = temporary.resolve("x.safetensors");
    Files.write(
        path,
        SafetensorsBytes.of(
            "{\"b\":{\"shape\":[1],\"data_offsets\":[2,3],\"dtype\":\"U8\"},"
                + "\"__metadata__\":{\"format\":\"pt\"},"
                + "\"a\":{\"dtype\":\"I8\",\"shape\":[2],\"data_offsets\":[0,2]}}  ",
            (byte) 1,
            (byte) 2,
            (byte) 3));
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      assertEquals(Map.of("format", "pt"), file.metadata());
      assertEquals(3, file.tensor("b").data().get());
      assertEquals(2, file.tensor("a").size());
      assertEquals("b U8 [1]", file.tensor("b").toString());
    }
    SafetensorsBytes.open(temporary, SafetensorsBytes.of("{}"));
  }

  @Test
  void hashesTheWholeFile() throws IOException {
    Path path = Files.write(temporary.resolve("x"), SafetensorsBytes.of("{}"));
    // printf '\2\0\0\0\0\0\0\0{}' | sha256sum
    assertEquals(
        "411a485216e432ece6b9af94fa32154cf79a2a56d4f81266baa50063f45092bd", Digest.sha256(path));
  }

  @Test
  void namesTheKeyThatIsNotThere() throws IOException {
    Path path = Files.write(temporary.resolve("x"), SafetensorsBytes.of("{}"));
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      assertEquals(
          path + ": has no tensor \"fc.weight\"",
          assertThrows(WeightsException.class, () -> file.tensor("fc.weight")).getMessage());
    }
  }

  @Test
  void saysWhenThereIsNoFile() {
    Path absent = temporary.resolve("absent");
    assertEquals(
        absent + ": no such file",
        assertThrows(WeightsException.class, () -> SafetensorsFile.open(absent)).getMessage());
    assertEquals(
        temporary + ": is not a file",
        assertThrows(WeightsException.class, () -> SafetensorsFile.open(temporary)).getMessage());
  }

  @Test
  void mapsFilesBeyondTwoGigabytes() throws IOException {
    long long1 = 1_500_000_000L;
    long long2 = 2 * long1;
    long long3 = long2 + Integer.MAX_VALUE + 1L;
    byte[] header =
        ("{\"a\":{\"dtype\":\"U8\",\"shape\":[1500000000],\"data_offsets\":[0,"
                + long1
                + "]},"
                + ("\"b\":{\"dtype\":\"U8\",\"shape\":[1500000000],\"data_offsets\":["
                    + long1
                    + ","
                    + long2
                    + "]},")
                + ("\"c\":{\"dtype\":\"U8\",\"shape\":[2147483648],\"data_offsets\":["
                    + long2
                    + ","
                    + long3
                    + "]},")
                + ("\"d\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":["
                    + long3
                    + ","
                    + (long3 + 4)
                    + "]}}"))
            .getBytes(StandardCharsets.UTF_8);
    Path path = temporary.resolve("sparse.safetensors");
    try (RandomAccessFile sparse = new RandomAccessFile(path.toFile(), "rw")) {
      sparse.write(SafetensorsBytes.of(header));
      sparse.seek(8 + header.length + long1 - 1);
      sparse.write(new byte[] {7, 8});
      sparse.seek(8 + header.length + long3);
      sparse.write(new byte[] {0, 0, (byte) 0x80, 0x3f});
    }
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      assertEquals(7, file.tensor("a").data().get((int) long1 - 1));
      assertEquals(8, file.tensor("b").data().get(0));
      assertArrayEquals(new float[] {1}, file.tensor("d").floats(false));
      String message = assertThrows(WeightsException.class, () -> file.tensor("c")).getMessage();
      assertTrue(message.contains("\"c\" has more than 2 GB"), message);
    }
  }

  @Test
  void givesTensorsThatOutliveTheFileAndDoNotShareAPosition() throws IOException {
    Path path = temporary.resolve("x.safetensors");
    SafetensorsWriter.write(path, Map.of("a", new FloatTensor(new long[] {2}, new float[] {1, 2})));
    Tensor tensor;
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      tensor = file.tensor("a");
    }
    tensor.data().getFloat();
    assertArrayEquals(new float[] {1, 2}, tensor.floats(false));
  }

  @Test
  void opensTheSharedImageNetWeights() throws IOException {
    Path path =
        Path.of(System.getProperty("pneuma.home", "."))
            .resolve("../shared/weights/squeezenet1_1_imagenet.safetensors");
    assumeTrue(Files.exists(path), path + " is not on this machine");
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      assertEquals(52, file.keys().size());
      Tensor first = file.tensor("features.0.weight");
      assertArrayEquals(new long[] {64, 3, 3, 3}, first.shape());
      assertEquals(64 * 27, first.floats(false).length);
      assertEquals("torchvision squeezenet1_1", file.metadata().get("keys"), "the tensors' naming");
      for (String key : file.keys()) {
        file.tensor(key).floats(false); // All finite.
      }
    }
  }
}
