package io.pneuma.weights;

import java.nio.ByteBuffer;
import java.nio.file.Path;

/** The bytes of a file, each where it lies. */
interface FileBytes {

  /** The file's name, for messages. */
  Path file();

  /** Number of bytes. */
  long size();

  /**
   * A little-endian view.
   *
   * @throws WeightsException when the file has no such bytes, or cannot be mapped
   */
  ByteBuffer slice(long position, int length) throws WeightsException;

  /** Refuses what reaches beyond the file. */
  default void check(long position, long length) throws WeightsException {
    if (position < 0 || length < 0 || position > size() - length) {
      throw new WeightsException(
          file(),
          "needs "
              + length
              + " bytes at byte "
              + position
              + " but ends after "
              + size()
              + "; was it downloaded whole?");
    }
  }
}
