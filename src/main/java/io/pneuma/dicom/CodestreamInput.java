package io.pneuma.dicom;

import java.nio.ByteBuffer;
import java.util.Set;
import javax.imageio.stream.ImageInputStreamImpl;

/**
 * A codestream for the JPEG 2000 codec, which would not survive all: to the end of a file it
 * answers by printing a stack trace and ending the thread, so that past it an exception of another
 * kind is thrown; and it reads packed packet headers for ever where they end too early, so that
 * they are refused.
 */
final class CodestreamInput extends ImageInputStreamImpl {
  private static final int START = 0xFF4F;
  private static final int SIZE = 0xFF51;
  private static final int TILE_PART = 0xFF90;
  private static final int DATA = 0xFF93;
  private static final int PACKET = 0xFF91;
  private static final int HEADER_END = 0xFF92;
  private static final int LAST_WITHIN = 0xFF8F;
  private static final int END = 0xFFD9;
  private static final Set<Integer> PACKED_HEADERS = Set.of(0xFF60, 0xFF61);

  private final byte[] bytes;

  private CodestreamInput(byte[] bytes) {
    this.bytes = bytes;
  }

  /**
   * A bare codestream (PS3.5, A.4.4), whose markers are followed to its end (ISO/IEC 15444-1, A).
   */
  static CodestreamInput of(byte[] bytes) throws DicomException {
    ByteBuffer data = ByteBuffer.wrap(bytes);
    try {
      if (marker(data, 0) != START || marker(data, 2) != SIZE) {
        throw new DicomException("is broken: its pixels are no JPEG 2000 codestream");
      }
      int at = 2;
      while (marker(data, at) != END) {
        if (marker(data, at) != TILE_PART) {
          at = afterSegment(data, at);
          continue;
        }
        long length = data.getInt(at + 6) & 0xFFFFFFFFL;
        int start = at;
        while (marker(data, at) != DATA) {
          at = afterSegment(data, at);
        }
        // Of the last one the length may be 0: it ends where the codestream does.
        int end = length == 0 ? bytes.length : Math.toIntExact(start + length);
        boolean ordered = end >= at + 2;
        at = afterPackets(data, at + 2, end);
        if (!ordered || (length != 0 && at != end)) {
          throw new DicomException("is broken: its JPEG 2000 data have no order");
        }
      }
      return new CodestreamInput(bytes);
    } catch (IndexOutOfBoundsException | ArithmeticException e) {
      throw new DicomException("is broken: its JPEG 2000 data end too early");
    }
  }

  /**
   * Where packets end: within them no byte of 255 is followed by one above 143, but where a packet
   * or the end of its header is marked. To two bytes of 255 the codec would listen for ever.
   */
  private static int afterPackets(ByteBuffer data, int from, int end) {
    int at = from;
    while (at < end) {
      int two = data.get(at) == -1 && at + 1 < end ? marker(data, at) : 0;
      if (two == PACKET) {
        at += 6;
      } else if (two > LAST_WITHIN && two != HEADER_END) {
        return at;
      } else {
        at++;
      }
    }
    return end;
  }

  private static int marker(ByteBuffer data, int at) {
    return data.getShort(at) & 0xFFFF;
  }

  private static int afterSegment(ByteBuffer data, int at) throws DicomException {
    if (PACKED_HEADERS.contains(marker(data, at))) {
      throw new DicomException("is DICOM in JPEG 2000 with packed headers, which is not supported");
    }
    return at + 2 + (data.getShort(at + 2) & 0xFFFF);
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
