package io.pneuma.weights;

import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/** A file of named tensors, open for reading; tensors stay readable after it is closed. */
public interface WeightsFile extends AutoCloseable {

  /**
   * Opens a file of any format known, told by its first bytes, never by its name.
   *
   * @throws WeightsException when it is of no known format, or breaks a rule of its own
   */
  static WeightsFile open(Path file) throws WeightsException {
    return FileFormat.open(file, FileFormat::read);
  }

  /** The format in words, for messages. */
  String format();

  /** The tensors' keys, in the file's order. */
  Set<String> keys();

  /** What the file says of itself; empty when it says nothing. */
  Map<String, String> metadata();

  /**
   * A tensor of the file.
   *
   * @throws WeightsException when there is none of that key
   */
  Tensor tensor(String key) throws WeightsException;

  @Override
  void close() throws WeightsException;
}
