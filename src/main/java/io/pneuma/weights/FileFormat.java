package io.pneuma.weights;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;

/** Tells a file's format by its first bytes. */
final class FileFormat {
  private static final int SNIFFED = 64;
  private static final String EXPECTED =
      "; expected safetensors, or a file that torch.save wrote (.pth, .pt)";

  private FileFormat() {}

  /** Reads an opened file; one that is refused is closed by the caller. */
  interface Reader<T extends WeightsFile> {
    T read(MappedFile bytes) throws WeightsException;
  }

  /** Opens a file; when the reader refuses it, it is closed again. */
  static <T extends WeightsFile> T open(Path file, Reader<T> reader) throws WeightsException {
    MappedFile bytes = MappedFile.open(file);
    boolean accepted = false;
    try {
      T opened = reader.read(bytes);
      accepted = true;
      return opened;
    } finally {
      if (!accepted) {
        bytes.close();
      }
    }
  }

  /** The place where a format is chosen. */
  static WeightsFile read(MappedFile bytes) throws WeightsException {
    ByteBuffer start = bytes.slice(0, (int) Math.min(SNIFFED, bytes.size()));
    byte[] first = new byte[start.remaining()];
    start.get(first);
    String text = new String(first, StandardCharsets.ISO_8859_1);
    if (text.startsWith("PK\3\4")) {
      return readZip(bytes, ZipEntries.read(bytes));
    }
    if (TorchLegacy.begins(text)) {
      return new TorchFile(bytes, TorchLegacy.read(bytes));
    }
    if (text.length() > Long.BYTES && text.charAt(Long.BYTES) == '{') {
      return new SafetensorsFile(bytes);
    }
    throw new WeightsException(bytes.file(), describe(text) + EXPECTED);
  }

  private static WeightsFile readZip(MappedFile bytes, ZipEntries zip) throws WeightsException {
    if (TorchZip.isIn(zip)) {
      return new TorchFile(bytes, TorchZip.read(bytes, zip));
    }
    String first = zip.names().stream().findFirst().map(WeightsException::quote).orElse("nothing");
    throw new WeightsException(
        bytes.file(),
        (zip.names().contains("configuration.json")
                ? "is a model of Deeplearning4j"
                : "is a zip of " + first + " and more, without a data.pkl")
            + EXPECTED);
  }

  private static String describe(String text) {
    String lower = text.stripLeading().toLowerCase(Locale.ROOT);
    if (text.isEmpty()) {
      return "is empty";
    } else if (text.startsWith("\u0089HDF")) {
      return "looks like HDF5 (a Keras .h5 file)";
    } else if (text.startsWith("\u001f\u008b")) {
      return "looks like gzip; unpack it first";
    } else if (lower.startsWith("<")) {
      return "looks like an HTML or XML page, not what was to be downloaded";
    } else if (lower.startsWith("version https://git-lfs")) {
      return "is a Git LFS pointer, not the file itself; fetch it with git lfs pull";
    } else if (text.startsWith("PK")) {
      return "looks like an empty or split zip";
    } else if (text.charAt(0) == '\u0080') {
      return "looks like a Python pickle, but not one that torch.save wrote";
    }
    String shown = text.substring(0, Math.min(Long.BYTES, text.length()));
    return "begins with " + WeightsException.quote(shown) + ", which is no format known";
  }
}
