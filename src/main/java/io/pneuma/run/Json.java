package io.pneuma.run;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.JsonGeneratorDelegate;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;

/** JSON as it stands in a run directory. */
public final class Json {
  private static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
          .addModule(
              new SimpleModule()
                  .addSerializer(Instant.class, ToStringSerializer.instance)
                  .addDeserializer(Instant.class, new InstantReader())
                  .addDeserializer(double.class, new DoubleReader()))
          .build();

  private static final DefaultIndenter LINES = new DefaultIndenter("  ", "\n");
  private static final ObjectWriter PRETTY =
      MAPPER.writer(new DefaultPrettyPrinter().withObjectIndenter(LINES).withArrayIndenter(LINES));

  private Json() {}

  /** Indented JSON: records in their order, maps sorted by key, NaN and infinity as null. */
  public static String write(Object value) {
    StringWriter text = new StringWriter();
    try (JsonGenerator generator = new FiniteNumbers(PRETTY.createGenerator(text))) {
      PRETTY.writeValue(generator, value);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // A type that cannot be written: a mistake in the caller.
    }
    return text + "\n";
  }

  /** JSON in one line, for a page that carries it. */
  public static String inOneLine(Object value) {
    StringWriter text = new StringWriter();
    try (JsonGenerator generator = new FiniteNumbers(MAPPER.createGenerator(text))) {
      MAPPER.writeValue(generator, value);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // A type that cannot be written: a mistake in the caller.
    }
    return text.toString();
  }

  /**
   * Reads JSON that {@link #inOneLine} wrote.
   *
   * @throws RunException when it is damaged, naming where it stands
   */
  public static <T> T read(String where, String text, Class<T> type) {
    try {
      return MAPPER.readValue(text, type);
    } catch (JsonProcessingException e) {
      throw new RunException(where + ": is damaged: " + e.getOriginalMessage(), e);
    }
  }

  static <T> T read(Path file, Class<T> type) {
    try {
      return MAPPER.readValue(Files.readString(file), type);
    } catch (JsonProcessingException e) {
      throw new RunException(file + ": is damaged: " + e.getMessage(), e);
    } catch (IOException e) {
      throw new RunException(file + ": cannot be read: " + WholeFile.reason(e), e);
    }
  }

  /** JSON has no NaN and no infinity: they are written as null. */
  private static final class FiniteNumbers extends JsonGeneratorDelegate {
    FiniteNumbers(JsonGenerator generator) {
      super(generator);
    }

    @Override
    public void writeNumber(double number) throws IOException {
      if (Double.isFinite(number)) {
        super.writeNumber(number);
      } else {
        writeNull();
      }
    }

    @Override
    public void writeNumber(float number) throws IOException {
      if (Float.isFinite(number)) {
        super.writeNumber(number);
      } else {
        writeNull();
      }
    }

    @Override
    public void writeArray(double[] numbers, int offset, int length) throws IOException {
      writeStartArray(numbers, length);
      for (int i = offset; i < offset + length; i++) {
        writeNumber(numbers[i]);
      }
      writeEndArray();
    }
  }

  private static final class DoubleReader extends StdDeserializer<Double> {
    private static final long serialVersionUID = 1;

    DoubleReader() {
      super(double.class);
    }

    @Override
    public Double deserialize(JsonParser parser, DeserializationContext context)
        throws IOException {
      return parser.currentToken().isNumeric()
          ? (Double) parser.getDoubleValue()
          : (Double) context.handleUnexpectedToken(double.class, parser);
    }

    @Override
    public Double getNullValue(DeserializationContext context) {
      return Double.NaN;
    }
  }

  private static final class InstantReader extends StdDeserializer<Instant> {
    private static final long serialVersionUID = 1;

    InstantReader() {
      super(Instant.class);
    }

    @Override
    public Instant deserialize(JsonParser parser, DeserializationContext context)
        throws IOException {
      try {
        return Instant.parse(parser.getText());
      } catch (DateTimeParseException e) {
        return (Instant)
            context.handleWeirdStringValue(Instant.class, parser.getText(), "no ISO-8601 instant");
      }
    }
  }
}
