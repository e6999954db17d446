package io.pneuma.serving;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * What a request is answered with.
 *
 * @param status of HTTP
 * @param type of the body's medium
 */
@SuppressWarnings("ArrayRecordComponent") // A carrier, never compared.
record Answered(int status, String type, byte[] body) {
  static final int OK = 200;

  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final String JSON = "application/json";
  private static final String HTML = "text/html; charset=utf-8";

  /** An object in JSON, maps in their order. */
  static Answered json(Object value) {
    try {
      return new Answered(OK, JSON, MAPPER.writeValueAsBytes(value));
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Answered html(String page) {
    return new Answered(OK, HTML, page.getBytes(StandardCharsets.UTF_8));
  }

  /** In the words of KServe's protocol, for all. */
  static Answered error(int status, String message) {
    return new Answered(status, JSON, json(Map.of("error", message)).body());
  }
}
