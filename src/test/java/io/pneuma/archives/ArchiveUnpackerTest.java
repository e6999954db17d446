package io.pneuma.archives;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.images.DatasetException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ArchiveUnpackerTest {
  private static final int SYMLINK = 0120777;
  private static final int DEVICE = 0020644;

  @TempDir private Path folder;
  private Path archive;
  private Path target;

  @BeforeEach
  void name() {
    archive = folder.resolve("set.zip");
    target = folder.resolve("data/set");
  }

  /** Fills an archive. */
  private interface Filler {
    void fill(ZipArchiveOutputStream zip) throws IOException;
  }

  private void zip(Filler filler) throws IOException {
    try (ZipArchiveOutputStream zip = new ZipArchiveOutputStream(archive)) {
      filler.fill(zip);
    }
  }

  private static void put(ZipArchiveOutputStream zip, String name, byte[] bytes)
      throws IOException {
    put(zip, new ZipArchiveEntry(name), bytes);
  }

  private static void put(ZipArchiveOutputStream zip, ZipArchiveEntry entry, byte[] bytes)
      throws IOException {
    zip.putArchiveEntry(entry);
    zip.write(bytes);
    zip.closeArchiveEntry();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private void unpack(long mostBytes) throws IOException {
    try (ArchiveUnpacker unpacker =
        ArchiveUnpacker.open(
            archive, new ArchiveListing(archive, "chest_xray", path -> path), mostBytes)) {
      unpacker.into(target, done -> {});
    }
  }

  private String refused(long mostBytes) throws IOException {
    String message = assertThrows(DatasetException.class, () -> unpack(mostBytes)).getMessage();
    assertEquals(List.of(), filesBelow(folder.resolve("data")));
    return message;
  }

  private String refused() throws IOException {
    return refused(ArchiveUnpacker.MOST_BYTES);
  }

  /** All files but locks, by their path. */
  private static List<String> filesBelow(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(file -> !Files.isDirectory(file) && !file.toString().endsWith(".lock"))
          .map(file -> folder.relativize(file).toString().replace('\\', '/'))
          .sorted()
          .toList();
    }
  }

  @Test
  void unpacksBelowTheTopFolderWithoutWhatMacOsAdds() throws IOException {
    zip(
        zip -> {
          put(zip, "chest_xray/", new byte[0]);
          put(zip, "chest_xray/.DS_Store", bytes("x"));
          put(zip, "chest_xray/train/NORMAL/a.jpeg", bytes("a"));
          put(zip, "chest_xray/train/NORMAL/.DS_Store", bytes("x"));
          put(zip, "chest_xray/test/PNEUMONIA/b.jpeg", bytes("bb"));
          put(zip, "__MACOSX/chest_xray/train/NORMAL/._a.jpeg", bytes("x"));
        });
    List<Long> done = new ArrayList<>();
    try (ArchiveUnpacker unpacker = ArchiveUnpacker.open(archive, "chest_xray", path -> path)) {
      assertEquals(2, unpacker.fileCount());
      unpacker.into(target, done::add);
    }
    assertEquals(List.of(1L, 2L), done);
    assertEquals(
        List.of("set/test/PNEUMONIA/b.jpeg", "set/train/NORMAL/a.jpeg"),
        filesBelow(folder.resolve("data")));
    assertArrayEquals(bytes("bb"), Files.readAllBytes(target.resolve("test/PNEUMONIA/b.jpeg")));
  }

  @Test
  void aFileIsUnpackedWhereItBelongs() throws IOException {
    zip(
        zip -> {
          put(zip, "chest_xray/train/NORMAL/a.jpeg", bytes("a"));
          put(zip, "chest_xray/train/NORMAL/b.jpeg", bytes("b"));
        });
    try (ArchiveUnpacker unpacker =
        ArchiveUnpacker.open(
            archive, "chest_xray", path -> path.replace("train/NORMAL/b", "val/NORMAL/b"))) {
      unpacker.into(target, done -> {});
    }
    assertEquals(
        List.of("set/train/NORMAL/a.jpeg", "set/val/NORMAL/b.jpeg"),
        filesBelow(folder.resolve("data")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../evil",
        "/evil",
        "chest_xray/../../evil",
        "chest_xray/a/../../../evil",
        "chest_xray/..",
        "chest_xray//evil",
        "chest_xray/./evil",
        "chest_xray/a\\..\\..\\evil",
        "..\\evil",
        "C:/evil",
        "chest_xray/C:evil",
        "chest_xray/a\nb",
        "__MACOSX/../evil",
        "../.DS_Store",
      })
  void namesThatCouldLeadOutAreRefused(String name) throws IOException {
    zip(
        zip -> {
          put(zip, "chest_xray/good.jpeg", bytes("good"));
          put(zip, new UncheckedName(name), bytes("evil"));
        });
    assertTrue(refused().contains("could lead out"), refused());
    assertEquals(List.of("set.zip"), filesBelow(folder));
  }

  /** An entry that keeps a name as it is, as a hostile archive would. */
  private static final class UncheckedName extends ZipArchiveEntry {
    UncheckedName(String name) {
      super("x");
      setName(name);
    }

    @Override
    public int getPlatform() {
      return PLATFORM_UNIX; // Else backslashes become slashes.
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {SYMLINK, DEVICE})
  void linksAndDevicesAreRefused(int mode) throws IOException {
    zip(
        zip -> {
          ZipArchiveEntry link = new ZipArchiveEntry("chest_xray/link");
          link.setUnixMode(mode);
          put(zip, link, bytes("/etc/passwd"));
        });
    assertTrue(refused().contains("is a link or a device"), refused());
  }

  @ParameterizedTest
  @ValueSource(strings = {"chest_xray/a.jpeg", "chest_xray/A.JPEG"})
  void aNameThatIsThereTwiceIsRefused(String second) throws IOException {
    zip(
        zip -> {
          put(zip, "chest_xray/a.jpeg", bytes("one"));
          put(zip, second, bytes("two"));
        });
    assertTrue(refused().contains("is there twice"), refused());
  }

  @Test
  void aFileThatIsAFolderTooIsRefused() throws IOException {
    zip(
        zip -> {
          put(zip, "chest_xray/a", bytes("one"));
          put(zip, "chest_xray/A/b", bytes("two"));
        });
    assertTrue(refused().contains("is a file and a folder"), refused());
  }

  @Test
  void whatIsOutsideTheTopFolderIsRefused() throws IOException {
    zip(zip -> put(zip, "other/a.jpeg", bytes("a")));
    assertTrue(refused().contains("is not in chest_xray/"), refused());
  }

  @Test
  void moreBytesThanAllowedAreRefusedBeforeTheyAreWritten() throws IOException {
    zip(
        zip -> {
          put(zip, "chest_xray/a", new byte[600_000]);
          put(zip, "chest_xray/b", new byte[600_000]);
        });
    assertTrue(Files.size(archive) < 10_000);
    assertTrue(refused(1_000_000).contains("more than 1000000 bytes"), refused(1_000_000));
    unpack(1_200_000);
    assertEquals(2, filesBelow(target).size());
  }

  @Test
  void anEntryLargerThanItSaysIsStopped() throws IOException {
    zip(zip -> put(zip, "chest_xray/a", new byte[1_000_000]));
    byte[] bytes = Files.readAllBytes(archive);
    ByteBuffer little = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i + 4 <= bytes.length; i++) {
      if (little.getInt(i) == 1_000_000) {
        little.putInt(i, 1000);
      }
    }
    Files.write(archive, bytes);
    assertTrue(refused().contains("not of the size that the archive says"), refused());
  }

  @Test
  void tooManyEntriesAreRefused() throws IOException {
    zip(
        zip -> {
          for (int i = 0; i <= 200_000; i++) {
            ZipArchiveEntry entry = new ZipArchiveEntry("chest_xray/" + i);
            entry.setMethod(ZipArchiveEntry.STORED);
            entry.setSize(0);
            entry.setCrc(0);
            put(zip, entry, new byte[0]);
          }
        });
    assertTrue(refused().contains("more than 200000 entries"), refused());
  }

  @Test
  void aFolderWithSomethingInItIsLeftAlone() throws IOException {
    zip(zip -> put(zip, "chest_xray/a.jpeg", bytes("a")));
    Files.createDirectories(target);
    Files.writeString(target.resolve("mine"), "mine");
    String message =
        assertThrows(DatasetException.class, () -> unpack(ArchiveUnpacker.MOST_BYTES)).getMessage();
    assertTrue(message.contains("./run.sh data check"), message);
    assertEquals(List.of("mine"), filesBelow(target));
  }

  @Test
  void anEmptyFolderIsFilled() throws IOException {
    zip(zip -> put(zip, "chest_xray/a.jpeg", bytes("a")));
    Files.createDirectories(target);
    unpack(ArchiveUnpacker.MOST_BYTES);
    assertEquals(List.of("a.jpeg"), filesBelow(target));
  }

  @Test
  void whatAKilledProcessLeftIsRemoved() throws IOException {
    zip(zip -> put(zip, "chest_xray/a.jpeg", bytes("a")));
    Path leftover = folder.resolve("data/.partial-set/train");
    Files.createDirectories(leftover);
    Files.writeString(leftover.resolve("half.jpeg"), "half");
    unpack(ArchiveUnpacker.MOST_BYTES);
    assertEquals(List.of("set/a.jpeg"), filesBelow(folder.resolve("data")));
  }

  @Test
  void anInterruptionLeavesNothing() throws IOException {
    zip(
        zip -> {
          put(zip, "chest_xray/a.jpeg", bytes("a"));
          put(zip, "chest_xray/b.jpeg", bytes("b"));
        });
    try (ArchiveUnpacker unpacker = ArchiveUnpacker.open(archive, "chest_xray", path -> path)) {
      assertThrows(
          IllegalStateException.class,
          () ->
              unpacker.into(
                  target,
                  done -> {
                    throw new IllegalStateException("stop");
                  }));
    }
    assertEquals(List.of(), filesBelow(folder.resolve("data")));
    assertTrue(Files.notExists(target));
  }

  @Test
  void whatIsNoArchiveIsRefused() throws IOException {
    Files.writeString(archive, "<html>no archive</html>");
    assertTrue(refused().contains("cannot be read as a zip archive"), refused());
    Files.delete(archive);
    assertTrue(refused().contains("cannot be read as a zip archive"), refused());
  }

  @Test
  void brokenArchivesAreRefusedOrUnpackedButNeverHalf() throws IOException {
    zip(
        zip -> {
          put(zip, "chest_xray/train/a.jpeg", new byte[300]);
          put(zip, "chest_xray/test/b.jpeg", bytes("some text"));
        });
    byte[] good = Files.readAllBytes(archive);
    Random random = new Random(7);
    for (int i = 0; i < 2000; i++) {
      byte[] broken = good.clone();
      for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
        broken[random.nextInt(broken.length)] = (byte) random.nextInt(256);
      }
      Files.write(archive, broken);
      target = folder.resolve("data/set" + i);
      try {
        unpack(1_000_000);
      } catch (IOException e) {
        assertTrue(Files.notExists(target));
      }
    }
    assertEquals(
        List.of("set.zip"),
        filesBelow(folder).stream().filter(f -> !f.startsWith("data/set")).toList());
  }
}
