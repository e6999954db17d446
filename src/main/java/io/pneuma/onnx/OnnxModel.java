package io.pneuma.onnx;

import static io.pneuma.onnx.Nodes.attribute;

import io.pneuma.backprop.HeadReader;
import io.pneuma.backprop.HeadReader.Branch;
import io.pneuma.computation.Fusion;
import io.pneuma.computation.GraphReader;
import io.pneuma.computation.Network;
import io.pneuma.computation.Shape;
import io.pneuma.computation.UnsupportedLayerException;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import onnx.Onnx.GraphProto;
import onnx.Onnx.ModelProto;
import onnx.Onnx.NodeProto;
import onnx.Onnx.OperatorSetIdProto;
import onnx.Onnx.StringStringEntryProto;
import onnx.Onnx.TensorProto;
import onnx.Onnx.TensorShapeProto;
import onnx.Onnx.TensorShapeProto.Dimension;
import onnx.Onnx.TypeProto;
import onnx.Onnx.ValueInfoProto;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Trained networks as one model of ONNX: images N x 3 x S x S, RGB in [0,1], to the mean of their
 * probabilities, N x classes. It is written from what {@code computation} says that a network
 * computes, with parameters as they are, in ONNX's own operators alone.
 */
public final class OnnxModel {
  /** Name of the input. */
  public static final String IMAGES = "images";

  /** Name of the output. */
  public static final String PROBABILITIES = "probabilities";

  private static final String PRODUCER = "Pneuma";
  private static final int IR_VERSION = 8;

  /** The first with layer normalisation. */
  private static final int OPERATOR_SET = 17;

  /** Protobuf counts bytes by 32 bits; room is left for what is no parameter. */
  private static final long MOST_BYTES = Integer.MAX_VALUE - (1L << 26);

  private final int imageSize;
  private final long mostBytes;
  private final Nodes nodes;
  private final List<String> probabilities = new ArrayList<>();
  private long classes;

  /**
   * A model without networks.
   *
   * @param imageSize S, in pixels
   */
  public OnnxModel(int imageSize) {
    this(imageSize, MOST_BYTES);
  }

  OnnxModel(int imageSize, long mostBytes) {
    this.imageSize = imageSize;
    this.mostBytes = mostBytes;
    this.nodes = new Nodes(mostBytes);
    nodes.reserved(IMAGES);
    nodes.reserved(PROBABILITIES);
  }

  /**
   * Adds a network with the parameters that it has now.
   *
   * @param name for messages
   * @throws OnnxException when a layer of it is unknown here, naming it, or it is too large
   */
  public void add(String name, ComputationGraph network) {
    try {
      String prefix = probabilities.isEmpty() ? "" : (probabilities.size() + 1) + "/";
      probabilities.add(write(network, prefix));
    } catch (UnsupportedLayerException e) {
      throw new OnnxException(name + ": a layer cannot be exported: " + e.getMessage());
    } catch (Nodes.TooLargeException e) {
      throw new OnnxException(
          name
              + ": does not fit: a file of ONNX holds parameters of "
              + mostBytes / 1_000_000
              + " MB at most; take smaller backbones or fewer members");
    }
  }

  private String write(ComputationGraph network, String prefix) {
    List<String> starts = HeadReader.starts(network);
    HeadReader.Layout head = HeadReader.read(network, starts);
    String input = network.getConfiguration().getNetworkInputs().get(0);
    Shape image = new Shape(3, imageSize, imageSize);
    List<String> branches = new ArrayList<>();
    for (Branch branch : head.branches()) {
      Network backbone = GraphReader.describe(network, input, image, starts.get(branch.features()));
      String features = StepWriter.write(nodes, prefix, Fusion.fuse(backbone), IMAGES);
      branches.add(
          branch
              .embedding()
              .map(layer -> dense(network, layer, prefix + layer, features))
              .orElse(features));
    }
    String last = nodes.add(prefix + head.fused(), "Concat", branches, attribute("axis", 1L));
    if (head.attention().isPresent()) {
      String attention = head.attention().get();
      last = AttentionWriter.write(nodes, prefix + attention, network.getLayer(attention), last);
    }
    String logits = dense(network, head.output(), prefix + "logits", last);
    classes = network.getLayer(head.output()).getParam("b").length();
    return nodes.add(prefix + head.output(), "Softmax", List.of(logits), attribute("axis", 1L));
  }

  /** A linear layer of vectors; the output's holds the run's temperature. */
  private String dense(ComputationGraph network, String layer, String name, String input) {
    INDArray weights = network.getLayer(layer).getParam("W");
    INDArray bias = network.getLayer(layer).getParam("b");
    return nodes.add(
        name,
        "Gemm",
        List.of(
            input,
            nodes.array(name + ".weight", weights, weights.shape()),
            nodes.array(name + ".bias", bias, bias.length())));
  }

  /**
   * Writes the model.
   *
   * @param version Pneuma's
   * @param metadata texts that go along, by name
   */
  public void write(OutputStream out, String version, Map<String, String> metadata)
      throws IOException {
    GraphProto.Builder graph = nodes.graph().clone().setName("network");
    graph.addInput(value(IMAGES, "IMAGE", 3, imageSize, imageSize));
    graph.addOutput(value(PROBABILITIES, "", classes));
    graph.addNode(
        NodeProto.newBuilder()
            .setOpType(probabilities.size() == 1 ? "Identity" : "Mean")
            .setName(PROBABILITIES)
            .addAllInput(probabilities)
            .addOutput(PROBABILITIES));
    ModelProto.Builder model =
        ModelProto.newBuilder()
            .setIrVersion(IR_VERSION)
            .setProducerName(PRODUCER)
            .setProducerVersion(version)
            .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(OPERATOR_SET))
            .setGraph(graph);
    metadata.forEach(
        (key, text) ->
            model.addMetadataProps(StringStringEntryProto.newBuilder().setKey(key).setValue(text)));
    model.build().writeTo(out);
  }

  /** Of any batch, and of these sizes. */
  private static ValueInfoProto value(String name, String denotation, long... rest) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    shape.addDim(Dimension.newBuilder().setDimParam("N"));
    for (long size : rest) {
      shape.addDim(Dimension.newBuilder().setDimValue(size));
    }
    TypeProto.Tensor.Builder tensor =
        TypeProto.Tensor.newBuilder()
            .setElemType(TensorProto.DataType.FLOAT.getNumber())
            .setShape(shape);
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(TypeProto.newBuilder().setTensorType(tensor).setDenotation(denotation))
        .build();
  }
}
