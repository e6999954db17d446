package io.pneuma.features;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FeatureFileTest {
  private static final String KEY = "a network\nits weights";
  private static final String ONE = "11".repeat(32);
  private static final String TWO = "22".repeat(32);
  private static final int RECORD = 32 + 4 + 2 * 4 + 4;

  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void writeTwoRecords() throws IOException {
    file = folder.resolve("x.features");
    append(ONE, 0, 1.5f, -2);
    append(TWO, 3, 4, 5);
  }

  private void append(String sha256, int view, float... features) throws IOException {
    try (FeatureFile bank = FeatureFile.open(file, KEY, features.length);
        FileLock lock = bank.lock()) {
      assertTrue(lock.isValid());
      bank.append(sha256, view, FloatBuffer.wrap(features));
    }
  }

  private float[] read(String sha256, int view) throws IOException {
    try (FeatureFile bank = FeatureFile.open(file, KEY, 2)) {
      ByteBuffer features = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
      bank.read(sha256, view, features);
      return new float[] {features.getFloat(0), features.getFloat(4)};
    }
  }

  @Test
  void givesBackWhatWasStored() throws IOException {
    assertArrayEquals(new float[] {1.5f, -2}, read(ONE, 0));
    assertArrayEquals(new float[] {4, 5}, read(TWO, 3));
  }

  @Test
  void knowsAnImageByItsViewToo() throws IOException {
    try (FeatureFile bank = FeatureFile.open(file, KEY, 2)) {
      assertTrue(bank.contains(TWO, 3));
      assertFalse(bank.contains(TWO, 0));
      ByteBuffer target = ByteBuffer.allocate(8);
      assertThrows(IllegalStateException.class, () -> bank.read(TWO, 0, target));
    }
  }

  @Test
  void refusesFeaturesOfSomethingElse() {
    IOException refusal =
        assertThrows(IOException.class, () -> FeatureFile.open(file, "another key of it", 2));
    assertTrue(refusal.getMessage().contains("holds features of something else"));
  }

  /** A kill may come between any two bytes. */
  @Test
  void dropsARecordThatWasCutShortAndGoesOn() throws IOException {
    long whole = Files.size(file);
    byte[] bytes = Files.readAllBytes(file);
    for (int lost = 1; lost <= RECORD; lost++) {
      Files.write(file, java.util.Arrays.copyOf(bytes, (int) whole - lost));
      try (FeatureFile bank = FeatureFile.open(file, KEY, 2)) {
        assertTrue(bank.contains(ONE, 0));
        assertFalse(bank.contains(TWO, 3), "with " + lost + " bytes lost");
      }
      append(TWO, 3, 4, 5);
      assertArrayEquals(bytes, Files.readAllBytes(file));
    }
  }

  @Test
  void startsAnewWhenEvenTheHeaderWasCutShort() throws IOException {
    Files.write(file, java.util.Arrays.copyOf(Files.readAllBytes(file), 5));
    append(ONE, 0, 7, 8);
    assertArrayEquals(new float[] {7, 8}, read(ONE, 0));
  }

  @Test
  void dropsARecordWhoseBytesHaveChanged() throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(java.nio.ByteBuffer.wrap(new byte[] {9}), Files.size(file) - 8);
    }
    try (FeatureFile bank = FeatureFile.open(file, KEY, 2)) {
      assertTrue(bank.contains(ONE, 0));
      assertFalse(bank.contains(TWO, 3));
    }
  }

  private void damageTheFirst() throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(new byte[] {9}), headerBytes() + 40);
    }
  }

  @Test
  void aDamagedRecordIsTheOnlyOneThatIsComputedAgain() throws IOException {
    damageTheFirst();
    try (FeatureFile bank = FeatureFile.open(file, KEY, 2)) {
      assertFalse(bank.contains(ONE, 0));
      assertTrue(bank.contains(TWO, 3));
    }
    append(ONE, 0, 1.5f, -2);
    assertArrayEquals(new float[] {1.5f, -2}, read(ONE, 0));
    assertArrayEquals(new float[] {4, 5}, read(TWO, 3));
  }

  @Test
  void damageWhileTheFileIsInUseIsFound() throws IOException {
    try (FeatureFile bank = FeatureFile.open(file, KEY, 2)) {
      damageTheFirst();
      ByteBuffer target = ByteBuffer.allocate(8);
      String message =
          assertThrows(IOException.class, () -> bank.read(ONE, 0, target)).getMessage();
      assertTrue(message.contains("were damaged while they were in use"), message);
    }
  }

  @Test
  void seesWhatAnotherWriterHasAddedOnceItHoldsTheLock() throws IOException {
    try (FeatureFile early = FeatureFile.open(file, KEY, 2)) {
      append(TWO, 4, 6, 7);
      assertFalse(early.contains(TWO, 4));
      early.lock().close();
      assertTrue(early.contains(TWO, 4));
    }
    assertEquals(0, (Files.size(file) - headerBytes()) % RECORD);
  }

  private static long headerBytes() {
    return 3L * Integer.BYTES + KEY.length();
  }
}
