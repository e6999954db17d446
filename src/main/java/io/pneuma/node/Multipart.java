package io.pneuma.node;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Several files in one body (RFC 2046, 5.1; RFC 2387), as DICOMweb sends and takes them. The JDK
 * has nothing for it, and libraries that have bring a server along.
 */
final class Multipart {
  private static final String TYPE = "multipart/related";

  /** Quoted or a token (RFC 2046, 5.1.1). */
  private static final Pattern BOUNDARY =
      Pattern.compile(
          ";\\s*boundary\\s*=\\s*(?:\"([ -~&&[^\"\\\\]]{1,70})\"|([!-~&&[^\";,]]{1,70}))",
          Pattern.CASE_INSENSITIVE);

  private static final byte[] LINE = ascii("\r\n");
  private static final byte[] BLANK_LINE = ascii("\r\n\r\n");

  private Multipart() {}

  /**
   * A body and what its header says of it.
   *
   * @param type the value of Content-Type
   */
  @SuppressWarnings("ArrayRecordComponent") // A carrier, never compared.
  record Body(String type, byte[] bytes) {}

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  static boolean is(String contentType) {
    return contentType.regionMatches(true, 0, TYPE, 0, TYPE.length());
  }

  /** Files of DICOM as one body. */
  static Body of(List<byte[]> files) {
    String boundary = "pneuma-" + UUID.randomUUID();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] file : files) {
      out.writeBytes(ascii("--" + boundary + "\r\nContent-Type: application/dicom\r\n\r\n"));
      out.writeBytes(file);
      out.writeBytes(LINE);
    }
    out.writeBytes(ascii("--" + boundary + "--\r\n"));
    return new Body(TYPE + "; type=\"application/dicom\"; boundary=" + boundary, out.toByteArray());
  }

  /**
   * The contents of a body's parts.
   *
   * @throws InstanceException when it is broken, or ends before its last boundary
   */
  static List<byte[]> parts(Body body) throws InstanceException {
    Matcher boundary = BOUNDARY.matcher(body.type());
    if (!is(body.type()) || !boundary.find()) {
      throw new InstanceException("the server names no boundary between the parts of its answer");
    }
    String name = boundary.group(1) != null ? boundary.group(1) : boundary.group(2);
    byte[] delimiter = ascii("\r\n--" + name);
    byte[] bytes = body.bytes();
    List<byte[]> parts = new ArrayList<>();
    // The first may stand at the very beginning, where no line ends before it.
    boolean atOnce = startsWith(bytes, 0, delimiter, 2);
    int at = atOnce ? delimiter.length - 2 : afterDelimiter(bytes, 0, delimiter);
    while (!startsWith(bytes, at, ascii("--"), 0)) {
      int headers = indexOf(bytes, at, LINE); // Of which there may be none.
      int content = indexOf(bytes, headers, BLANK_LINE) + BLANK_LINE.length;
      at = afterDelimiter(bytes, content - 2, delimiter); // A part may be empty.
      parts.add(Arrays.copyOfRange(bytes, content, Math.max(content, at - delimiter.length)));
    }
    return parts;
  }

  /** Past the next line that is a delimiter, with or without what ends the last. */
  private static int afterDelimiter(byte[] bytes, int from, byte[] delimiter)
      throws InstanceException {
    int at = from;
    while (true) {
      at = indexOf(bytes, at, delimiter) + delimiter.length;
      int next = at;
      while (next < bytes.length && (bytes[next] == ' ' || bytes[next] == '\t')) {
        next++;
      }
      if (startsWith(bytes, at, ascii("--"), 0) || startsWith(bytes, next, LINE, 0)) {
        return at;
      }
    }
  }

  private static int indexOf(byte[] bytes, int from, byte[] sought) throws InstanceException {
    for (int i = Math.max(0, from); i <= bytes.length - sought.length; i++) {
      if (bytes[i] == sought[0] && startsWith(bytes, i, sought, 0)) {
        return i;
      }
    }
    throw new InstanceException("the server's answer ends too early");
  }

  /** Whether that stands there, from one of its bytes on. */
  private static boolean startsWith(byte[] bytes, int at, byte[] sought, int from) {
    int length = sought.length - from;
    return at >= 0
        && at + length <= bytes.length
        && Arrays.equals(bytes, at, at + length, sought, from, sought.length);
  }
}
