package io.pneuma.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.config.ConfigException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class CredentialsTest {
  private static final String TOKEN = "PNEUMA_DICOMWEB_TOKEN";
  private static final String USER = "PNEUMA_DICOMWEB_USER";
  private static final String PASSWORD = "PNEUMA_DICOMWEB_PASSWORD";

  private static Optional<String> header(Map<String, String> environment) {
    return Credentials.header(environment::get);
  }

  @Test
  void theyComeFromTheEnvironment() {
    assertEquals(Optional.empty(), header(Map.of()));
    assertEquals(Optional.empty(), header(Map.of(TOKEN, " ")));
    assertEquals(Optional.of("Bearer abc"), header(Map.of(TOKEN, "abc")));
    // The example of RFC 7617, 2.
    assertEquals(
        Optional.of("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
        header(Map.of(USER, "Aladdin", PASSWORD, "open sesame")));
  }

  @Test
  void whatDoesNotGoTogetherIsRefusedWithoutRepeatingIt() {
    for (Map<String, String> wrong :
        List.of(
            Map.of(TOKEN, "secret", USER, "secret", PASSWORD, "secret"),
            Map.of(USER, "secret"),
            Map.of(PASSWORD, "secret"),
            Map.of(USER, "sec:ret", PASSWORD, "secret"),
            Map.of(TOKEN, "secret\r\nHost: secret"))) {
      ConfigException e = assertThrows(ConfigException.class, () -> header(wrong));
      assertTrue(e.getMessage().startsWith("PNEUMA_DICOMWEB_"), e.getMessage());
      assertFalse(e.getMessage().contains("sec"), e.getMessage());
    }
  }

  private static DicomWeb server(String url) {
    return new DicomWeb(url, Optional.empty(), OptionalInt.empty());
  }

  @Test
  void anAddressIsOneOfAServiceAndHoldsNoPassword() {
    assertEquals("http://h:1/a", server("http://h:1/a//").url());
    for (String wrong :
        List.of(
            "", "h:1/a", "ftp://h/a", "http:///a", "http://h/a?b", "http://h/a#b", "http://h /")) {
      assertThrows(ConfigException.class, () -> server(wrong), wrong);
    }
    for (String user : List.of("http://u:secret@h/a", "http://u:sec ret@h/a")) {
      ConfigException e = assertThrows(ConfigException.class, () -> server(user));
      assertFalse(e.getMessage().contains("sec"), e.getMessage());
    }
  }

  @Test
  void whatGoesUnencryptedToAnotherMachineIsKnown() {
    assertTrue(server("http://archive.example/dicom-web").isExposed());
    for (String safe : List.of("https://archive.example", "http://127.0.0.1:1", "http://[::1]:1")) {
      assertFalse(server(safe).isExposed(), safe);
    }
  }
}
