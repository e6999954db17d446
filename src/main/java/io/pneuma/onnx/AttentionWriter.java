package io.pneuma.onnx;

import static io.pneuma.onnx.Nodes.attribute;

import io.pneuma.attention.AttentionLayer;
import io.pneuma.computation.UnsupportedLayerException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import onnx.Onnx.AttributeProto;
import org.deeplearning4j.nn.api.Layer;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ops.BaseReduceOp;
import org.nd4j.linalg.api.ops.BaseScalarOp;
import org.nd4j.linalg.api.ops.DynamicCustomOp;

/** An attention as ONNX's operators, one for each of its SameDiff definition. */
final class AttentionWriter {
  private static final String FEATURES = "features";

  private final Nodes nodes;
  private final String name;
  private final AttentionLayer layer;
  private final Map<String, String> values = new HashMap<>(); // By SameDiff's names, the nodes'.

  private AttentionWriter(Nodes nodes, String name, AttentionLayer layer) {
    this.nodes = nodes;
    this.name = name;
    this.layer = layer;
  }

  /**
   * Writes an attention.
   *
   * @param features N x (C P)
   * @return N x C
   * @throws UnsupportedLayerException when it does what is not known here, naming it
   */
  static String write(Nodes nodes, String name, Layer attention, String features) {
    AttentionLayer layer = (AttentionLayer) attention.conf().getLayer();
    AttentionWriter writer = new AttentionWriter(nodes, name, layer);
    writer.values.put(FEATURES, features);
    SameDiff definition = SameDiff.create();
    Map<String, SDVariable> parameters = new HashMap<>();
    attention
        .paramTable()
        .forEach(
            (key, array) -> {
              parameters.put(key, definition.var(key, DataType.FLOAT, array.shape()));
              writer.values.put(key, nodes.array(name + "." + key, array, array.shape()));
            });
    SDVariable input = definition.placeHolder(FEATURES, DataType.FLOAT, -1, layer.inputs());
    String output = layer.defineLayer(definition, input, parameters, null).name();
    definition
        .getOps()
        .values()
        .forEach(op -> writer.values.put(op.getOutputsOfOp().get(0), writer.write(op)));
    return writer.values.get(output);
  }

  private String write(SameDiffOp op) {
    List<String> inputs = op.getInputsToOp().stream().map(values::get).toList();
    return switch (op.getOp().opName()) {
      case "matmul" -> {
        require(Arrays.stream(integers(op)).allMatch(turned -> turned == 0), op);
        yield node(op, "MatMul", inputs);
      }
      case "multiply" -> node(op, "Mul", inputs);
      case "mul_scalar" ->
          node(op, "Mul", List.of(inputs.get(0), nodes.number((float) number(op))));
      case "relu" -> {
        require(number(op) == 0, op);
        yield node(op, "Relu", inputs);
      }
      case "sigmoid" -> node(op, "Sigmoid", inputs);
      case "softmax" -> node(op, "Softmax", inputs, attribute("axis", integers(op)[0]));
      case "reduce_mean" -> mean(op, inputs);
      case "reshape" -> {
        require(inputs.size() == 1, op);
        yield node(op, "Reshape", List.of(inputs.get(0), nodes.longs(withoutOrder(op))));
      }
      case "permute" -> node(op, "Transpose", inputs, attribute("perm", integers(op)));
      case "conv1d" -> convolution(op, inputs);
      default -> throw unknown(op);
    };
  }

  private String node(
      SameDiffOp op, String operator, List<String> inputs, AttributeProto... attributes) {
    return nodes.add(name + "." + op.getName(), operator, inputs, attributes);
  }

  private String mean(SameDiffOp op, List<String> inputs) {
    BaseReduceOp reduction = (BaseReduceOp) op.getOp();
    return node(
        op,
        "ReduceMean",
        inputs,
        attribute("axes", reduction.dimensions().toLongVector()),
        attribute("keepdims", reduction.isKeepDims() ? 1L : 0L));
  }

  /** The new shape; before it stands the order of the elements, which is C. */
  private static long[] withoutOrder(SameDiffOp op) {
    return Arrays.stream(integers(op)).skip(1).toArray();
  }

  /** Along N x 1 x C by one kernel, K x 1 x 1, with as many numbers as before. */
  private String convolution(SameDiffOp op, List<String> inputs) {
    long kernel = layer.getLayerParams().getParamShapes().get(op.getInputsToOp().get(1))[0];
    boolean same = Arrays.equals(integers(op), new long[] {kernel, 1, 0, 1, 1, 0});
    require(inputs.size() == 2 && kernel % 2 == 1 && same, op);
    String shape = nodes.longs(1, 1, kernel);
    String weights =
        nodes.add(name + "." + op.getName() + ".kernel", "Reshape", List.of(inputs.get(1), shape));
    return node(
        op,
        "Conv",
        List.of(inputs.get(0), weights),
        attribute("kernel_shape", new long[] {kernel}),
        attribute("pads", kernel / 2, kernel / 2));
  }

  private static long[] integers(SameDiffOp op) {
    return ((DynamicCustomOp) op.getOp()).iArgs();
  }

  private static double number(SameDiffOp op) {
    return ((BaseScalarOp) op.getOp()).scalar().getDouble(0);
  }

  private void require(boolean known, SameDiffOp op) {
    if (!known) {
      throw unknown(op);
    }
  }

  private UnsupportedLayerException unknown(SameDiffOp op) {
    String kind = layer.getClass().getSimpleName();
    return new UnsupportedLayerException(
        name, kind + "'s " + op.getOp().opName() + " of " + op.getInputsToOp());
  }
}
