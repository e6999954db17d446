package io.pneuma.dicom;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Elements of a data set that is being made, written in explicit VR, little-endian (PS3.5, A.2).
 * Texts of our own are in ASCII, with which every character set of DICOM begins, so that copied
 * ones may be in any.
 */
final class DataSetWriter {
  private static final int PREAMBLE = 128;
  private static final String IMPLEMENTATION = "2.25.192837465564738291019283746556473829101";

  @SuppressWarnings("ArrayRecordComponent") // A carrier, never compared.
  private record Value(String vr, byte[] bytes) {}

  private final Map<Integer, Value> elements = new TreeMap<>(Integer::compareUnsigned);

  /** Several values of a text, which a caller keeps to ASCII; numbers in DS and IS as well. */
  DataSetWriter text(int tag, String vr, String... values) {
    byte[] bytes = String.join("\\", values).getBytes(StandardCharsets.US_ASCII);
    return raw(tag, vr, padded(bytes, vr.equals("UI") ? 0 : ' '));
  }

  /** Several numbers of 16 bits. */
  DataSetWriter shorts(int tag, int... values) {
    ByteBuffer bytes = ByteBuffer.allocate(2 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (int value : values) {
      bytes.putShort((short) value);
    }
    return raw(tag, "US", bytes.array());
  }

  /** Several numbers of 32 bits. */
  DataSetWriter longs(int tag, int... values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (int value : values) {
      bytes.putInt(value);
    }
    return raw(tag, "SL", bytes.array());
  }

  /** Several floats of 32 bits. */
  DataSetWriter floats(int tag, float... values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      bytes.putFloat(value);
    }
    return raw(tag, "FL", bytes.array());
  }

  /** A value as it is, of an even number of bytes. */
  DataSetWriter raw(int tag, String vr, byte[] value) {
    elements.put(tag, new Value(vr, value));
    return this;
  }

  DataSetWriter sequence(int tag, DataSetWriter... items) {
    return sequence(tag, List.of(items));
  }

  DataSetWriter sequence(int tag, List<DataSetWriter> items) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (DataSetWriter item : items) {
      byte[] bytes = item.bytes();
      ByteBuffer header = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
      putTag(header, Tag.ITEM);
      header.putInt(bytes.length);
      out.writeBytes(header.array());
      out.writeBytes(bytes);
    }
    return raw(tag, "SQ", out.toByteArray());
  }

  /** A text of a file as it is there; nothing where it is absent. */
  DataSetWriter copy(DataSet from, int tag, String vr) {
    return copy(from, tag, vr, tag);
  }

  /** A text of a file as it is there, as another element. */
  DataSetWriter copy(DataSet from, int tag, String vr, int as) {
    from.element(tag)
        .ifPresent(
            element -> {
              byte[] bytes = new byte[element.length()];
              from.buffer(element).get(bytes);
              raw(as, vr, padded(bytes, vr.equals("UI") ? 0 : ' '));
            });
    return this;
  }

  private static byte[] padded(byte[] bytes, int with) {
    if (bytes.length % 2 == 0) {
      return bytes;
    }
    byte[] padded = java.util.Arrays.copyOf(bytes, bytes.length + 1);
    padded[bytes.length] = (byte) with;
    return padded;
  }

  private byte[] bytes() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (Map.Entry<Integer, Value> element : elements.entrySet()) {
      Value value = element.getValue();
      boolean wide = DataSetReader.LONG.contains(value.vr());
      ByteBuffer header = ByteBuffer.allocate(wide ? 12 : 8).order(ByteOrder.LITTLE_ENDIAN);
      putTag(header, element.getKey());
      header.put(value.vr().getBytes(StandardCharsets.ISO_8859_1));
      if (wide) {
        header.putShort((short) 0).putInt(value.bytes().length);
      } else if (value.bytes().length > 0xFFFF) {
        throw new IllegalArgumentException("too long for a value of " + value.vr());
      } else {
        header.putShort((short) value.bytes().length);
      }
      out.writeBytes(header.array());
      out.writeBytes(value.bytes());
    }
    return out.toByteArray();
  }

  private static void putTag(ByteBuffer into, int tag) {
    into.putShort((short) (tag >>> 16)).putShort((short) tag);
  }

  /** A whole file (PS3.10, 7.1). */
  byte[] file(String sopClass, String sopInstance) {
    text(Tag.SOP_CLASS, "UI", sopClass);
    text(Tag.SOP_INSTANCE, "UI", sopInstance);
    return file("1.2.840.10008.1.2.1", sopClass, sopInstance, bytes());
  }

  /** A whole file around a data set that is encoded already. */
  static byte[] file(String syntax, String sopClass, String sopInstance, byte[] dataSet) {
    DataSetWriter meta =
        new DataSetWriter()
            .raw(Tag.META_VERSION, "OB", new byte[] {0, 1})
            .text(Tag.META_SOP_CLASS, "UI", sopClass)
            .text(Tag.META_SOP_INSTANCE, "UI", sopInstance)
            .text(Tag.TRANSFER_SYNTAX, "UI", syntax)
            .text(Tag.IMPLEMENTATION, "UI", IMPLEMENTATION);
    byte[] about = meta.bytes();
    ByteBuffer length = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(about.length);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(new byte[PREAMBLE]);
    out.writeBytes("DICM".getBytes(StandardCharsets.ISO_8859_1));
    out.writeBytes(new DataSetWriter().raw(Tag.META_LENGTH, "UL", length.array()).bytes());
    out.writeBytes(about);
    out.writeBytes(dataSet);
    return out.toByteArray();
  }
}
