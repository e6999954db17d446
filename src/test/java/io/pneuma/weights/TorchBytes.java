package io.pneuma.weights;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Puts files of torch together from their parts, sound or not. A pickle is written as a text whose
 * characters are its bytes: its operations are letters, for the most part.
 */
final class TorchBytes {
  static final String PROTOCOL = "\u0080\2";

  private static final String ROOT = "archive/";
  private static final String LEGACY_START =
      "\u0080\2\u008a\12l\u00fc\u009cF\u00f9 j\u00a8P\31."
          + "\u0080\2M\u00e9\3."
          + "\u0080\2}"
          + text("little_endian")
          + "\u0088s.";

  private TorchBytes() {}

  /** A zip whose pickle is the one given, with one storage, "0", of those bytes. */
  static byte[] zip(String pickle, byte... storage) {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    entries.put(ROOT + "data.pkl", bytes(pickle));
    entries.put(ROOT + "data/0", storage);
    return zip(entries);
  }

  /** A file of the older format whose object is the pickle given, with one storage, "0". */
  static byte[] legacy(String pickle, int elements, byte... storage) {
    ByteBuffer count = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    return bytes(
        LEGACY_START
            + pickle
            + ("\u0080\2]" + text("0") + "a.")
            + string(count.putLong(0, elements).array())
            + string(storage));
  }

  /** A state dict of one tensor, "w". */
  static String dictOf(String tensor) {
    return PROTOCOL + "}" + text("w") + tensor + "s.";
  }

  /** A tensor of floats in the storage "0". */
  static String tensor(long offset, String shape, String strides, long count) {
    return "ctorch._utils\n_rebuild_tensor_v2\n("
        + storage("FloatStorage", "0", count)
        + number(offset)
        + shape
        + strides
        + "\u0089N"
        + "tR";
  }

  static String storage(String type, String key, long count) {
    return "("
        + text("storage")
        + "ctorch\n"
        + type
        + "\n"
        + text(key)
        + text("cpu")
        + number(count)
        + "tQ";
  }

  static String text(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    return "X" + integer(utf8.length) + string(utf8);
  }

  static String number(long number) {
    ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    return "\u008a\10" + string(bytes.putLong(0, number).array());
  }

  static String tuple(long... numbers) {
    StringBuilder tuple = new StringBuilder("(");
    for (long number : numbers) {
      tuple.append(number(number));
    }
    return tuple.append('t').toString();
  }

  /** Four bytes, the lowest first. */
  static String integer(int number) {
    ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    return string(bytes.putInt(0, number).array());
  }

  static String string(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  static byte[] bytes(String string) {
    return string.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** A zip of stored entries, as torch writes. */
  static byte[] zip(Map<String, byte[]> entries) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      zip.setMethod(ZipOutputStream.STORED);
      for (Map.Entry<String, byte[]> each : entries.entrySet()) {
        ZipEntry entry = new ZipEntry(each.getKey());
        CRC32 crc = new CRC32();
        crc.update(each.getValue());
        entry.setCrc(crc.getValue());
        entry.setSize(each.getValue().length);
        zip.putNextEntry(entry);
        zip.write(each.getValue());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /** The stored entries of a zip. */
  static Map<String, byte[]> unzip(byte[] file) throws WeightsException {
    MemoryBytes bytes = new MemoryBytes(Path.of("seed.pth"), file);
    ZipEntries zip = ZipEntries.read(bytes);
    Map<String, byte[]> entries = new LinkedHashMap<>();
    for (String name : zip.names()) {
      ZipEntries.Place place = zip.place(name);
      byte[] entry = new byte[(int) place.length()];
      bytes.slice(place.position(), entry.length).get(entry);
      entries.put(name, entry);
    }
    return entries;
  }

  /** One of the files that torch itself wrote; src/test/resources/torch/README.md says how. */
  static byte[] resource(String name) {
    try (InputStream stream = TorchBytes.class.getResourceAsStream("/torch/" + name + ".pth")) {
      return stream.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
