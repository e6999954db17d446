package io.pneuma.weights;

import static io.pneuma.weights.TorchBytes.dictOf;
import static io.pneuma.weights.TorchBytes.tensor;
import static io.pneuma.weights.TorchBytes.tuple;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Zips that lie, repeat themselves or would unpack to more than they are. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HostileZipTest {
  private static final byte[] PICKLE = TorchBytes.bytes(dictOf(tensor(0, tuple(1), tuple(1), 1)));
  private static final int DIRECTORY = 0x02014b50;

  @TempDir Path temporary;

  private static Map<String, byte[]> sound() {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    entries.put("a/data.pkl", PICKLE);
    entries.put("a/data/0", new byte[4]);
    return entries;
  }

  @Test
  void nothingIsUnpackedSoABombStaysSmall() throws IOException {
    byte[] zeros = new byte[50_000_000];
    for (String bomb : List.of("a/data.pkl", "a/data/0")) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
        for (Map.Entry<String, byte[]> entry : sound().entrySet()) {
          ZipEntry stored = new ZipEntry(entry.getKey());
          boolean isBomb = entry.getKey().equals(bomb);
          if (!isBomb) {
            CRC32 crc = new CRC32();
            crc.update(entry.getValue());
            stored.setMethod(ZipEntry.STORED);
            stored.setCrc(crc.getValue());
            stored.setSize(entry.getValue().length);
          }
          zip.putNextEntry(stored);
          zip.write(isBomb ? zeros : entry.getValue());
        }
      }
      assertTrue(bytes.size() < 100_000, "a bomb");
      refuses("the zip entry \"" + bomb + "\" is compressed or encrypted", bytes.toByteArray());
    }
  }

  @Test
  void twoPicklesAreRefused() {
    Map<String, byte[]> entries = sound();
    entries.put("b/data.pkl", PICKLE);
    refuses("has 2 entries */data.pkl; expected one", TorchBytes.zip(entries));

    entries = sound();
    entries.put("a/data.pkm", PICKLE);
    String twice = TorchBytes.string(TorchBytes.zip(entries)).replace(".pkm", ".pkl");
    refuses("has the zip entry \"a/data.pkl\" twice", TorchBytes.bytes(twice));
  }

  @Test
  void namesAreNoPaths() throws IOException {
    Map<String, byte[]> entries = sound();
    entries.put("../../outside", new byte[1]);
    entries.put("/etc/outside", new byte[1]);
    entries.put("a/data/../../../outside", new byte[1]);
    Path file = Files.write(temporary.resolve("x.pth"), TorchBytes.zip(entries));
    try (WeightsFile opened = WeightsFile.open(file)) {
      assertEquals(1, opened.tensor("w").size());
    }
    try (Stream<Path> files = Files.walk(temporary)) {
      assertEquals(List.of(temporary, file), files.toList());
    }
  }

  @Test
  void aDirectoryThatLiesIsRefused() {
    String beyond = "bytes at byte";
    refuses(beyond, withDirectory("a/data.pkl", 20, 0x7fffffff, 0x7fffffff));
    refuses(beyond, withDirectory("a/data/0", 20, 0x7fffffff, 0x7fffffff));
    refuses("is compressed or encrypted", withDirectory("a/data.pkl", 20, 10, 20));
    refuses("is compressed or encrypted", withDirectory("a/data/0", 10, 8));
    refuses("is compressed or encrypted", withDirectory("a/data/0", 8, 1));
    refuses("whose zip entry has 3", withDirectory("a/data/0", 20, 3, 3));
    refuses("has a damaged pickle", withDirectory("a/data.pkl", 20, 3, 3));
    refuses("is not where the zip directory says", withDirectory("a/data/0", 42, 0));
    refuses("is not where the zip directory says", withDirectory("a/data/0", 42, 7));
    refuses("has a damaged zip directory", withDirectory("a/data/0", 42, 0x7fffffff));
    refuses("has a damaged zip directory", withDirectory("a/data/0", 28, 0xffff));
  }

  /** The sound zip with other 32-bit numbers at that place of an entry's record. */
  private static byte[] withDirectory(String name, int at, int... numbers) {
    byte[] zip = TorchBytes.zip(sound());
    ByteBuffer bytes = ByteBuffer.wrap(zip).order(ByteOrder.LITTLE_ENDIAN);
    byte[] wanted = name.getBytes(StandardCharsets.US_ASCII);
    for (int i = 0; i < zip.length - 46 - wanted.length; i++) {
      if (bytes.getInt(i) == DIRECTORY
          && bytes.slice(i + 46, wanted.length).equals(ByteBuffer.wrap(wanted))) {
        int position = i + at;
        for (int number : numbers) {
          bytes.putInt(position, number);
          position += Integer.BYTES;
        }
        return zip;
      }
    }
    throw new AssertionError(name + " is not in the zip");
  }

  @Test
  void aLargeDirectoryIsRefusedUnread() {
    Map<String, byte[]> entries = sound();
    for (int i = 0; i < 20_000; i++) {
      entries.put("a/" + i, new byte[0]);
    }
    refuses("has a zip directory of more than 1000000 bytes", TorchBytes.zip(entries));
  }

  @Test
  void anotherByteOrderIsRefused() {
    Map<String, byte[]> entries = sound();
    entries.put("a/byteorder", TorchBytes.bytes("big"));
    refuses("has the byte order \"big\"; expected \"little\"", TorchBytes.zip(entries));
    entries.put("a/byteorder", TorchBytes.bytes("little"));
    assertEquals(1, read(TorchBytes.zip(entries)));
  }

  @Test
  void programsOfTorchScriptAreRefused() {
    Map<String, byte[]> entries = sound();
    entries.put("a/constants.pkl", new byte[0]);
    refuses("is a TorchScript program", TorchBytes.zip(entries));
  }

  private static int read(byte[] zip) {
    try {
      return new MemoryBytes(Path.of("x.pth"), zip).readTorch();
    } catch (WeightsException e) {
      throw new AssertionError(e);
    }
  }

  private static void refuses(String problem, byte[] zip) {
    MemoryBytes bytes = new MemoryBytes(Path.of("x.pth"), zip);
    String message = assertThrows(WeightsException.class, bytes::readTorch).getMessage();
    assertTrue(message.startsWith("x.pth: ") && message.contains(problem), message);
    assertEquals(1, message.lines().count(), message);
  }
}
