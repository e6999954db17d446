package io.pneuma.onnx;

import io.pneuma.computation.Activation;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import onnx.Onnx.AttributeProto;
import onnx.Onnx.GraphProto;
import onnx.Onnx.NodeProto;
import onnx.Onnx.TensorProto;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.shade.protobuf.ByteString;
import org.nd4j.shade.protobuf.UnsafeByteOperations;

/**
 * A graph of ONNX's operators in the making. What would be there twice, a node of the same inputs
 * or a constant of the same numbers, is there once: the members of an ensemble share their frozen
 * backbones.
 */
final class Nodes {
  private final GraphProto.Builder graph = GraphProto.newBuilder();
  private final long mostBytes;
  private final Map<NodeProto, String> outputs = new HashMap<>(); // By nodes without names.
  private final Map<String, String> constants = new HashMap<>(); // By kind, shape and digest.
  private final Set<String> names = new HashSet<>();
  private long bytes;

  /** More bytes than there may be. */
  static final class TooLargeException extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  /**
   * An empty graph.
   *
   * @param mostBytes of all constants
   */
  Nodes(long mostBytes) {
    this.mostBytes = mostBytes;
  }

  /** The graph so far, to be completed. */
  GraphProto.Builder graph() {
    return graph;
  }

  /** Keeps a name for an input or output of the graph. */
  String reserved(String name) {
    if (!names.add(name)) {
      throw new IllegalStateException(name + " stands for two things");
    }
    return name;
  }

  /**
   * Adds a node, unless the same is there.
   *
   * @param name of its output, where nothing else is called so
   * @return the name of its output
   */
  String add(String name, String operator, List<String> inputs, AttributeProto... attributes) {
    NodeProto node =
        NodeProto.newBuilder()
            .setOpType(operator)
            .addAllInput(inputs)
            .addAllAttribute(Arrays.asList(attributes))
            .build();
    return outputs.computeIfAbsent(
        node,
        key -> {
          String output = free(name);
          graph.addNode(node.toBuilder().setName(output).addOutput(output));
          return output;
        });
  }

  private String free(String name) {
    String free = name;
    for (int i = 2; !names.add(free); i++) {
      free = name + "." + i;
    }
    return free;
  }

  /** The output of an activation. */
  String activated(String name, Activation activation, String input) {
    List<String> one = List.of(input);
    return switch (activation) {
      case IDENTITY -> input;
      case RELU -> add(name, "Relu", one);
      case RELU6 -> add(name, "Clip", List.of(input, number(0), number(6)));
      case SWISH -> add(name, "Mul", List.of(input, add(name + ".sigmoid", "Sigmoid", one)));
      case HARD_SWISH -> add(name, "HardSwish", one);
      case SIGMOID -> add(name, "Sigmoid", one);
      case TANH -> add(name, "Tanh", one);
      case GELU -> {
        String root = number((float) Math.sqrt(2));
        String scaled = add(name + ".scaled", "Div", List.of(input, root));
        String erf = add(name + ".erf", "Erf", List.of(scaled));
        String shifted = add(name + ".shifted", "Add", List.of(erf, number(1)));
        String twice = add(name + ".twice", "Mul", List.of(input, shifted));
        yield add(name, "Mul", List.of(twice, number(0.5f)));
      }
    };
  }

  /** A number that goes with arrays of any shape. */
  String number(float value) {
    return floats("number", new float[] {value});
  }

  /** A constant; its name where nothing else is called so. */
  String floats(String name, float[] values, long... shape) {
    ByteBuffer buffer = littleEndian(values.length * (long) Float.BYTES);
    buffer.asFloatBuffer().put(values);
    return constant(name, TensorProto.DataType.FLOAT, buffer, shape);
  }

  /** The same from an array. */
  String array(String name, INDArray values, long... shape) {
    return floats(name, values.castTo(DataType.FLOAT).dup('c').data().asFloat(), shape);
  }

  /** A row of whole numbers. */
  String longs(long... values) {
    ByteBuffer buffer = littleEndian(values.length * (long) Long.BYTES);
    buffer.asLongBuffer().put(values);
    return constant("whole", TensorProto.DataType.INT64, buffer, values.length);
  }

  private ByteBuffer littleEndian(long more) {
    bytes += more;
    if (bytes > mostBytes) {
      throw new TooLargeException();
    }
    return ByteBuffer.allocate((int) more).order(ByteOrder.LITTLE_ENDIAN);
  }

  private String constant(
      String name, TensorProto.DataType type, ByteBuffer values, long... shape) {
    String key = type + Arrays.toString(shape) + digest(values.duplicate());
    String known = constants.get(key);
    if (known != null) {
      bytes -= values.capacity();
      return known;
    }
    String free = free(name);
    constants.put(key, free);
    ByteString raw = UnsafeByteOperations.unsafeWrap(values);
    TensorProto.Builder tensor =
        TensorProto.newBuilder().setName(free).setDataType(type.getNumber()).setRawData(raw);
    Arrays.stream(shape).forEach(tensor::addDims);
    graph.addInitializer(tensor);
    return free;
  }

  private static String digest(ByteBuffer values) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(values);
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  static AttributeProto attribute(String name, long value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.INT)
        .setI(value)
        .build();
  }

  static AttributeProto attribute(String name, float value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.FLOAT)
        .setF(value)
        .build();
  }

  static AttributeProto attribute(String name, long... values) {
    AttributeProto.Builder attribute =
        AttributeProto.newBuilder().setName(name).setType(AttributeProto.AttributeType.INTS);
    Arrays.stream(values).forEach(attribute::addInts);
    return attribute.build();
  }
}
