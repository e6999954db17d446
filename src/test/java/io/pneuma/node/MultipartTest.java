package io.pneuma.node;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class MultipartTest {
  private static final String TYPE = "multipart/related; type=\"application/dicom\"; boundary=";

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static List<String> parts(String type, String body) throws InstanceException {
    return Multipart.parts(new Multipart.Body(type, bytes(body))).stream()
        .map(part -> new String(part, StandardCharsets.ISO_8859_1))
        .toList();
  }

  @Test
  void whatIsWrittenIsReadAgain() throws InstanceException {
    byte[] all = new byte[512];
    for (int i = 0; i < all.length; i++) {
      all[i] = (byte) i;
    }
    List<byte[]> files = List.of(all, new byte[0], bytes("\r\n--\r\n\r\n--pneuma-"));
    List<byte[]> parts = Multipart.parts(Multipart.of(files));
    assertEquals(3, parts.size());
    for (int i = 0; i < 3; i++) {
      assertArrayEquals(files.get(i), parts.get(i));
    }
  }

  @Test
  void theFormsThatTheStandardAllowsAreRead() throws InstanceException {
    assertEquals(
        List.of("one", "two"),
        parts(
            TYPE + "\"a b\"",
            "preamble\r\n--a b  \r\nContent-Type: x\r\nY: z\r\n\r\none\r\n--a b\r\n\r\ntwo\r\n--a b--\r\nend"));
    assertEquals(List.of("one"), parts("Multipart/Related;BOUNDARY=a", "--a\r\n\r\none\r\n--a--"));
    assertEquals(
        List.of("x\r\n--ab\r\ny"), parts(TYPE + "a", "--a\r\n\r\nx\r\n--ab\r\ny\r\n--a--"));
    assertEquals(List.of(), parts(TYPE + "a", "--a--"));
  }

  @Test
  void whatIsCutShortAnywhereIsRefused() {
    Multipart.Body whole = Multipart.of(List.of(bytes("some file"), bytes("another")));
    int end = whole.bytes().length - "--\r\n".length();
    for (int cut = 0; cut <= end; cut++) {
      byte[] bytes = Arrays.copyOf(whole.bytes(), cut);
      assertThrows(
          InstanceException.class, () -> Multipart.parts(new Multipart.Body(whole.type(), bytes)));
    }
  }

  @Test
  void aBodyWithoutABoundaryIsRefused() {
    for (String type : List.of("", "multipart/related", "text/html; boundary=a", TYPE + "\"\"")) {
      assertThrows(InstanceException.class, () -> parts(type, "--a\r\n\r\none\r\n--a--"));
    }
    assertTrue(Multipart.is("Multipart/Related; x"));
  }
}
