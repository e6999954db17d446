package io.pneuma.serving;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A request of KServe's V2 protocol, read as it streams by: a batch of pixels has a million
 * numbers.
 *
 * @param id that the answer repeats; null without
 * @param outputs that are wanted by name; empty for all
 */
record InferRequest(String id, List<Tensor> inputs, List<String> outputs) {
  private static final int BAD_REQUEST = 400;
  private static final JsonFactory JSON = new JsonFactory();

  /** Copies the lists. */
  InferRequest {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
  }

  /** A tensor with its numbers in C order, however they were nested. */
  static final class Tensor {
    String name = "";
    String datatype = "";
    long[] shape = {};
    float[] data = {};
    private long binaryBytes = -1;

    /** The numbers that the shape stands for; -1 where that is more than an array holds. */
    long elements() {
      long elements = 1;
      for (long side : shape) {
        if (side < 0 || (side > 0 && elements > Integer.MAX_VALUE / side)) {
          return -1;
        }
        elements *= side;
      }
      return elements;
    }
  }

  /**
   * Reads a body.
   *
   * @param json bytes of JSON that it starts with; binary data of the inputs may follow, one behind
   *     the other
   * @throws RefusedException when it is none
   */
  static InferRequest parse(byte[] body, int json) {
    if (json < 0 || json > body.length) {
      throw refused("Inference-Header-Content-Length is not a part of the body's length");
    }
    try (JsonParser parser = JSON.createParser(body, 0, json)) {
      InferRequest request = request(parser);
      ByteBuffer binary =
          ByteBuffer.wrap(body, json, body.length - json).order(ByteOrder.LITTLE_ENDIAN);
      for (Tensor input : request.inputs) {
        takeBinary(input, binary);
      }
      return request;
    } catch (JsonProcessingException e) {
      throw refused("the request is no JSON: " + e.getOriginalMessage());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static RefusedException refused(String message) {
    return new RefusedException(BAD_REQUEST, message);
  }

  private static void takeBinary(Tensor input, ByteBuffer binary) {
    if (input.binaryBytes >= 0) {
      if (input.binaryBytes > binary.remaining() || input.binaryBytes % Float.BYTES != 0) {
        throw refused("binary_data_size of input " + input.name + " does not fit what follows");
      }
      input.data = new float[(int) (input.binaryBytes / Float.BYTES)];
      binary.asFloatBuffer().get(input.data);
      binary.position(binary.position() + (int) input.binaryBytes);
    }
  }

  private static InferRequest request(JsonParser parser) throws IOException {
    String id = null;
    List<Tensor> inputs = new ArrayList<>();
    List<String> outputs = new ArrayList<>();
    require(parser.nextToken() == JsonToken.START_OBJECT, "the request is no JSON object");
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String field = parser.currentName();
      JsonToken value = parser.nextToken();
      if (field.equals("id")) {
        id = parser.getText();
      } else if (field.equals("inputs") || field.equals("outputs")) {
        require(value == JsonToken.START_ARRAY, field + " is no list");
        while (parser.nextToken() == JsonToken.START_OBJECT) {
          Tensor tensor = tensor(parser);
          if (field.equals("inputs")) {
            inputs.add(tensor);
          } else {
            outputs.add(tensor.name);
          }
        }
      } else {
        parser.skipChildren();
      }
    }
    return new InferRequest(id, inputs, outputs);
  }

  private static void require(boolean condition, String otherwise) {
    if (!condition) {
      throw refused(otherwise);
    }
  }

  private static Tensor tensor(JsonParser parser) throws IOException {
    Tensor tensor = new Tensor();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String field = parser.currentName();
      parser.nextToken();
      switch (field) {
        case "name" -> tensor.name = parser.getText();
        case "datatype" -> tensor.datatype = parser.getText();
        case "shape" -> tensor.shape = shape(parser);
        case "data" -> tensor.data = numbers(parser);
        case "parameters" -> tensor.binaryBytes = binaryBytes(parser);
        default -> parser.skipChildren();
      }
    }
    return tensor;
  }

  private static long[] shape(JsonParser parser) throws IOException {
    require(parser.currentToken() == JsonToken.START_ARRAY, "shape is no list");
    List<Long> sides = new ArrayList<>();
    while (parser.nextToken() == JsonToken.VALUE_NUMBER_INT) {
      sides.add(parser.getLongValue());
    }
    require(parser.currentToken() == JsonToken.END_ARRAY, "shape is no list of whole numbers");
    return sides.stream().mapToLong(Long::longValue).toArray();
  }

  private static long binaryBytes(JsonParser parser) throws IOException {
    long bytes = -1;
    require(parser.currentToken() == JsonToken.START_OBJECT, "parameters are no object");
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String field = parser.currentName();
      if (parser.nextToken() == JsonToken.VALUE_NUMBER_INT && field.equals("binary_data_size")) {
        bytes = parser.getLongValue();
      } else {
        parser.skipChildren();
      }
    }
    return bytes;
  }

  private static float[] numbers(JsonParser parser) throws IOException {
    require(parser.currentToken() == JsonToken.START_ARRAY, "data is no list");
    float[] numbers = new float[1 << 10];
    int count = 0;
    for (int depth = 1; depth > 0; ) {
      JsonToken token = parser.nextToken();
      if (token == JsonToken.START_ARRAY) {
        depth++;
      } else if (token == JsonToken.END_ARRAY) {
        depth--;
      } else {
        require(token != null && token.isNumeric(), "data holds something else than numbers");
        if (count == numbers.length) {
          numbers = Arrays.copyOf(numbers, 2 * count);
        }
        numbers[count++] = parser.getFloatValue();
      }
    }
    return Arrays.copyOf(numbers, count);
  }
}
