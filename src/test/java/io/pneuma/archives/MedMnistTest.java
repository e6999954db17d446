package io.pneuma.archives;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.images.DatasetException;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MedMnistTest {
  private static final int SIDE = 16;

  @TempDir private Path folder;
  private Path target;
  private final Map<String, byte[]> arrays = new LinkedHashMap<>();

  @BeforeEach
  void fill() {
    target = folder.resolve("cache/set");
    byte[] pixels = new byte[2 * SIDE * SIDE];
    Arrays.fill(pixels, SIDE * SIDE, pixels.length, (byte) 200);
    pixels[5] = (byte) 255;
    put("train_images", "|u1", "2, 16, 16", pixels);
    put("train_labels", "|u1", "2, 1", new byte[] {1, 0});
    put("test_images", "|u1", "1, 16, 16", new byte[SIDE * SIDE]);
    put("test_labels", "|u1", "1, 1", new byte[] {1});
  }

  private void put(String name, String type, String shape, byte[] numbers) {
    arrays.put(name, Npz.array(type, shape, numbers));
  }

  private Path npz(String name) throws IOException {
    return Npz.write(folder.resolve(name), arrays);
  }

  private List<String> unpacked(String name) throws IOException {
    try (MedMnist set = MedMnist.open(npz(name))) {
      List<Long> done = new ArrayList<>();
      set.into(target, done::add);
      assertEquals(set.fileCount(), done.size());
    }
    try (Stream<Path> files = Files.walk(target)) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> target.relativize(file).toString().replace('\\', '/'))
          .sorted()
          .toList();
    }
  }

  private String refused() {
    String message =
        assertThrows(DatasetException.class, () -> unpacked("pneumoniamnist_16.npz")).getMessage();
    assertFalse(Files.exists(target));
    return message;
  }

  @Test
  void pneumoniaMnistBecomesClassFolders() throws IOException {
    assertEquals(
        List.of(
            "test/PNEUMONIA/test-000000.png",
            "train/NORMAL/train-000001.png",
            "train/PNEUMONIA/train-000000.png"),
        unpacked("PneumoniaMNIST.npz"));
    BufferedImage ill = ImageIO.read(target.resolve("train/PNEUMONIA/train-000000.png").toFile());
    assertEquals(SIDE, ill.getHeight());
    assertEquals(255, ill.getRaster().getSample(5, 0, 0));
    assertEquals(0, ill.getRaster().getSample(0, 5, 0));
    BufferedImage well = ImageIO.read(target.resolve("train/NORMAL/train-000001.png").toFile());
    assertEquals(200, well.getRaster().getSample(15, 15, 0));
  }

  @Test
  void otherSetsHaveNumbersAndMayHaveColours() throws IOException {
    byte[] pixels = new byte[SIDE * SIDE * 3];
    pixels[3 * SIDE] = 10; // The first of the second row.
    pixels[3 * SIDE + 1] = 20;
    pixels[3 * SIDE + 2] = (byte) 130;
    put("val_images", "|u1", "1, 16, 16, 3", pixels);
    put("val_labels", "<i8", "1,", new byte[] {7, 0, 0, 0, 0, 0, 0, 0});
    assertTrue(unpacked("bloodmnist.npz").contains("val/7/val-000000.png"));
    BufferedImage image = ImageIO.read(target.resolve("val/7/val-000000.png").toFile());
    int[] colour = image.getRaster().getPixel(0, 1, (int[]) null);
    assertArrayEquals(new int[] {10, 20, 130}, Arrays.copyOf(colour, 3));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "test_labels; |u1; 1, 14; 14; test_labels has the shape 1 x 14",
        "test_labels; <f8; 1, 1; 8; test_labels has the type <f8",
        "test_labels; |u1; 2, 1; 2; test_images is of 1 images",
        "test_labels; |u1; 2, 1; 1; test_labels is shorter than its shape",
        "test_labels; |O; 1, 1; 8; test_labels holds Python objects",
        "test_labels; |u1; 99999999999, 1; 8; too large",
        "test_labels; |u1; 900000, 1; 8; 200000 at most",
        "test_images; <f4; 1, 16, 16; 1024; test_images has the type <f4",
        "test_images; |u1; 1, 16, 17; 272; test_images has the shape 1 x 16 x 17",
        "test_images; |u1; 1, 8, 8; 64; S from 16",
        "test_images; |u1; 1, 16, 16, 16; 4096; has the shape 1 x 16 x 16 x 16",
        "test_images; |u1; 1, 16, 16; 255; test_images is shorter than its shape",
        "test_images; |u1; 1, 16, 16; 257; test_images is longer than its shape",
        "test_images; |u1; 256; 256; test_images has the shape 256",
      })
  void arraysOfAnotherKindAreRefused(
      String name, String type, String shape, int bytes, String problem) {
    put(name, type, shape, new byte[bytes]);
    String refusal = refused();
    assertTrue(refusal.contains(problem), refusal);
  }

  @Test
  void labelsBeyondTheTwoClassesAreRefused() {
    put("test_labels", "|u1", "1, 1", new byte[] {2});
    assertTrue(refused().contains("test_labels holds a label beyond 1"), refused());
  }

  @Test
  void whatIsNoSuchSetIsRefused() throws IOException {
    arrays.put("train_labels", "no array".getBytes(StandardCharsets.UTF_8));
    assertTrue(refused().contains("train_labels is no NPY array"), refused());
    arrays.remove("train_labels");
    assertTrue(refused().contains("train_labels is missing"), refused());
    Path text = Files.writeString(folder.resolve("text.npz"), "no archive");
    String refusal = assertThrows(DatasetException.class, () -> MedMnist.open(text)).getMessage();
    assertTrue(refusal.contains("cannot be read as an NPZ"), refusal);
  }

  @Test
  void aDamagedByteIsFound() throws IOException {
    Path file = npz("pneumoniamnist.npz");
    byte[] bytes = Files.readAllBytes(file);
    int at = new String(bytes, StandardCharsets.ISO_8859_1).indexOf((char) 200);
    bytes[at + 3]++;
    Files.write(file, bytes);
    try (MedMnist set = MedMnist.open(file)) {
      String refusal =
          assertThrows(DatasetException.class, () -> set.into(target, done -> {})).getMessage();
      assertTrue(refusal.contains("train_images is damaged"), refusal);
    }
    assertFalse(Files.exists(target));
  }
}
