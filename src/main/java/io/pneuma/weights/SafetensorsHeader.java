package io.pneuma.weights;

import static io.pneuma.weights.WeightsException.quote;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/**
 * The JSON at the head of a safetensors file, read token by token: a rule is checked where its
 * token stands, and nothing but the tensors is kept.
 */
final class SafetensorsHeader {
  private static final String METADATA = "__metadata__";

  /** Names are not interned: a hostile file could fill the tables that all parsers share. */
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(3)
                  .maxStringLength((int) SafetensorsFile.LONGEST_HEADER)
                  .build())
          .build();

  private final Path file;
  private final Map<String, Entry> entries = new LinkedHashMap<>();
  private Map<String, String> metadata = null;

  /** Where a tensor lies: bytes {@code begin} to {@code end} of the buffer. */
  @SuppressWarnings("ArrayRecordComponent") // Never compared, never handed out.
  record Entry(String key, DType dtype, long[] shape, long begin, long end) {}

  private SafetensorsHeader(Path file) {
    this.file = file;
  }

  /**
   * Reads and checks a header.
   *
   * @param bufferLength what the file holds behind the header
   */
  static SafetensorsHeader parse(Path file, byte[] json, long bufferLength)
      throws WeightsException {
    SafetensorsHeader header = new SafetensorsHeader(file);
    if (json.length == 0 || json[0] != '{') {
      throw header.broken("does not begin with {");
    }
    // A reader of our own, since Jackson would also take UTF-16 and UTF-32.
    InputStreamReader text =
        new InputStreamReader(new ByteArrayInputStream(json), StandardCharsets.UTF_8.newDecoder());
    try (JsonParser parser = JSON.createParser(text)) {
      header.read(parser);
    } catch (JsonProcessingException e) {
      throw new WeightsException(file, "the header is not JSON: " + e.getOriginalMessage(), e);
    } catch (CharacterCodingException e) {
      throw new WeightsException(file, "the header is not UTF-8", e);
    } catch (WeightsException e) {
      throw e;
    } catch (IOException e) {
      throw new WeightsException(file, "the header cannot be read: " + e.getMessage(), e);
    }
    header.checkLayout(bufferLength);
    return header;
  }

  Map<String, Entry> entries() {
    return Collections.unmodifiableMap(entries);
  }

  Map<String, String> metadata() {
    return metadata == null ? Map.of() : Collections.unmodifiableMap(metadata);
  }

  private void read(JsonParser parser) throws IOException {
    parser.nextToken();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String key = parser.currentName();
      if (key.equals(METADATA)) {
        readMetadata(parser);
      } else if (entries.put(key, readEntry(key, parser)) != null) {
        throw broken("has the key " + quote(key) + " twice");
      }
    }
    if (parser.nextToken() != null) {
      throw broken("goes on after its closing }");
    }
  }

  private void readMetadata(JsonParser parser) throws IOException {
    if (metadata != null) {
      throw broken("has the key " + quote(METADATA) + " twice");
    }
    metadata = new LinkedHashMap<>();
    expect(parser, JsonToken.START_OBJECT, METADATA, "must be an object of strings");
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String key = parser.currentName();
      expect(parser, JsonToken.VALUE_STRING, METADATA, quote(key) + " must be a string");
      if (metadata.put(key, parser.getText()) != null) {
        throw broken("has the key " + quote(key) + " twice in " + METADATA);
      }
    }
  }

  private Entry readEntry(String key, JsonParser parser) throws IOException {
    expect(parser, JsonToken.START_OBJECT, key, "must be an object");
    DType dtype = null;
    long[] shape = null;
    long[] offsets = null;
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String field = parser.currentName();
      boolean again =
          switch (field) {
            case "dtype" -> dtype != null;
            case "shape" -> shape != null;
            case "data_offsets" -> offsets != null;
            default -> throw broken(key, "has the unknown field " + quote(field));
          };
      if (again) {
        throw broken(key, "has " + field + " twice");
      }
      switch (field) {
        case "dtype" -> dtype = readType(key, parser);
        case "shape" -> shape = readNumbers(key, field, parser);
        default -> offsets = readNumbers(key, field, parser);
      }
    }
    if (dtype == null || shape == null || offsets == null) {
      String missing = dtype == null ? "dtype" : shape == null ? "shape" : "data_offsets";
      throw broken(key, "has no " + missing);
    }
    if (offsets.length != 2 || offsets[0] > offsets[1]) {
      throw broken(
          key, "has data_offsets " + Arrays.toString(offsets) + "; expected a begin and an end");
    }
    Entry entry = new Entry(key, dtype, shape, offsets[0], offsets[1]);
    checkSize(entry);
    return entry;
  }

  private DType readType(String key, JsonParser parser) throws IOException {
    expect(parser, JsonToken.VALUE_STRING, key, "dtype must be a string");
    String name = parser.getText();
    return DType.named(name)
        .orElseThrow(
            () ->
                broken(
                    key,
                    "has the unknown dtype "
                        + quote(name)
                        + "; known: "
                        + Arrays.toString(DType.values())));
  }

  private long[] readNumbers(String key, String field, JsonParser parser) throws IOException {
    expect(parser, JsonToken.START_ARRAY, key, field + " must be a list of whole numbers");
    LongStream.Builder numbers = LongStream.builder();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT) {
        throw broken(key, field + " must be a list of whole numbers");
      }
      if (parser.getText().startsWith("-")) {
        throw broken(key, field + " holds the negative number " + parser.getText());
      }
      if (parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
        throw broken(key, field + " holds " + quote(parser.getText()) + ", beyond 64 bits");
      }
      numbers.add(parser.getLongValue());
    }
    return numbers.build().toArray();
  }

  private void checkSize(Entry entry) throws WeightsException {
    long size = entry.dtype().width();
    try {
      for (long dimension : entry.shape()) {
        size = Math.multiplyExact(size, dimension);
      }
    } catch (ArithmeticException e) {
      throw broken(entry.key(), "has a shape whose size overflows 64 bits");
    }
    if (size != entry.end() - entry.begin()) {
      throw broken(
          entry.key(),
          "needs " + size + " bytes by dtype and shape, but has " + (entry.end() - entry.begin()));
    }
  }

  /** The tensors must tile the buffer: from its start, without hole or overlap, to its end. */
  private void checkLayout(long bufferLength) throws WeightsException {
    List<Entry> inOrder =
        entries.values().stream()
            .sorted(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end))
            .toList();
    long position = 0;
    for (Entry entry : inOrder) {
      if (entry.begin() < position) {
        throw broken(entry.key(), "overlaps the tensor before it");
      }
      if (entry.begin() > position) {
        throw broken(
            entry.key(), "begins after a hole of " + (entry.begin() - position) + " bytes");
      }
      position = entry.end();
      if (position > bufferLength) {
        throw broken(entry.key(), "ends at byte " + position + " of a buffer of " + bufferLength);
      }
    }
    if (position < bufferLength) {
      throw new WeightsException(
          file, bufferLength - position + " bytes at the file's end belong to no tensor");
    }
  }

  private void expect(JsonParser parser, JsonToken token, String key, String problem)
      throws IOException {
    if (parser.nextToken() != token) {
      throw broken(key, problem);
    }
  }

  private WeightsException broken(String problem) {
    return new WeightsException(file, "the header " + problem);
  }

  private WeightsException broken(String key, String problem) {
    return new WeightsException(file, "tensor " + quote(key) + " " + problem);
  }
}
