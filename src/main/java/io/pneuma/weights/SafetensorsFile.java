package io.pneuma.weights;

import io.pneuma.weights.SafetensorsHeader.Entry;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/**
 * A safetensors file: eight bytes of header length, the header in JSON, then the tensors' bytes. A
 * file that breaks a rule of the format is refused when it is opened.
 */
public final class SafetensorsFile implements WeightsFile {
  /** The format's own limit, in bytes. */
  static final long LONGEST_HEADER = 100_000_000;

  private final MappedFile bytes;
  private final long bufferStart;
  private final SafetensorsHeader header;

  /** The bytes become the opened file's, to close; they stay the caller's when it is refused. */
  SafetensorsFile(MappedFile bytes) throws WeightsException {
    this.bytes = bytes;
    Path file = bytes.file();
    if (bytes.size() < Long.BYTES) {
      throw new WeightsException(
          file,
          "is no safetensors file: has " + bytes.size() + " bytes, not even a header's length");
    }
    long length = bytes.slice(0, Long.BYTES).getLong();
    if (length < 0 || length > LONGEST_HEADER) {
      throw new WeightsException(
          file,
          "is no safetensors file: announces a header of "
              + Long.toUnsignedString(length)
              + " bytes; at most "
              + LONGEST_HEADER
              + " are allowed");
    }
    this.bufferStart = Long.BYTES + length;
    if (bufferStart > bytes.size()) {
      throw new WeightsException(
          file,
          "announces a header of "
              + length
              + " bytes but ends after "
              + (bytes.size() - Long.BYTES)
              + "; was it downloaded whole?");
    }
    byte[] json = new byte[(int) length];
    bytes.slice(Long.BYTES, json.length).get(json);
    this.header = SafetensorsHeader.parse(file, json, bytes.size() - bufferStart);
  }

  /**
   * Opens a file and checks it against every rule of the format.
   *
   * @throws WeightsException naming the rule that it breaks and the key that breaks it
   */
  public static SafetensorsFile open(Path file) throws WeightsException {
    return FileFormat.open(file, SafetensorsFile::new);
  }

  @Override
  public String format() {
    return "safetensors";
  }

  @Override
  public Set<String> keys() {
    return header.entries().keySet();
  }

  @Override
  public Map<String, String> metadata() {
    return header.metadata();
  }

  @Override
  public Tensor tensor(String key) throws WeightsException {
    Entry entry = header.entries().get(key);
    if (entry == null) {
      throw WeightsException.noTensor(bytes.file(), key);
    }
    long length = entry.end() - entry.begin();
    if (length > Integer.MAX_VALUE) {
      throw WeightsException.tooLarge(bytes.file(), key);
    }
    ByteBuffer data = bytes.slice(bufferStart + entry.begin(), (int) length);
    return new Tensor(bytes.file(), key, entry.dtype(), entry.shape().clone(), data);
  }

  @Override
  public void close() throws WeightsException {
    bytes.close();
  }
}
