package io.pneuma.archives;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveOutputStream;

/** Arrays as NumPy's {@code savez} writes them. */
public final class Npz {
  private Npz() {}

  /** An array in the NPY format, version 1. */
  public static byte[] array(String type, String shape, byte[] numbers) {
    String fields =
        "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }".formatted(type, shape);
    int length = (10 + fields.length() + 1 + 63) / 64 * 64 - 10;
    ByteArrayOutputStream array = new ByteArrayOutputStream();
    array.writeBytes(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
    array.write(length & 0xFF);
    array.write(length >> 8);
    array.writeBytes(fields.getBytes(StandardCharsets.US_ASCII));
    array.writeBytes(" ".repeat(length - fields.length() - 1).getBytes(StandardCharsets.US_ASCII));
    array.write('\n');
    array.writeBytes(numbers);
    return array.toByteArray();
  }

  /** A file of arrays by their names, not compressed. */
  public static Path write(Path file, Map<String, byte[]> arrays) throws IOException {
    try (ZipArchiveOutputStream zip = new ZipArchiveOutputStream(file)) {
      zip.setMethod(ZipArchiveOutputStream.STORED);
      for (Map.Entry<String, byte[]> array : arrays.entrySet()) {
        zip.putArchiveEntry(new ZipArchiveEntry(array.getKey() + ".npy"));
        zip.write(array.getValue());
        zip.closeArchiveEntry();
      }
    }
    return file;
  }
}
