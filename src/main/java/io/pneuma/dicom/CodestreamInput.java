package io.pneuma.dicom;

import javax.imageio.stream.ImageInputStreamImpl;

/**
 * Bytes for the JPEG 2000 codec. Past their end an exception of its own is thrown: to the end of a
 * file the codec answers by printing a stack trace and ending the thread.
 */
final class CodestreamInput extends ImageInputStreamImpl {
  private final byte[] bytes;

  CodestreamInput(byte[] bytes) {
    this.bytes = bytes;
  }

  private int require() {
    if (streamPos >= bytes.length) {
      throw new IllegalStateException("the codestream ends too early");
    }
    bitOffset = 0;
    return (int) streamPos;
  }

  @Override
  public int read() {
    int next = bytes[require()] & 0xFF;
    streamPos++;
    return next;
  }

  @Override
  public int read(byte[] into, int offset, int length) {
    int from = require();
    int count = Math.min(length, bytes.length - from);
    System.arraycopy(bytes, from, into, offset, count);
    streamPos += count;
    return count;
  }

  @Override
  public long length() {
    return bytes.length;
  }
}
