package io.pneuma.backbone;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.graphfiles.KerasFile;
import io.pneuma.weights.WeightsException;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.NoOp;

/**
 * Two small files in the layout of Keras 2's {@code model.save}, on channels last, whose numbers
 * are sines. What they compute of {@link FormulaWeights#images} was computed by PyTorch in double
 * precision. The Sequential one has two convolutions, max pooling, flatten and dense; the
 * functional one a strided convolution, normalisation, a separable convolution, a join, and the
 * global mean.
 */
public class KerasFileTest {
  private static final double[] SEQUENTIAL_MAPS = {
    0.3942282, 0.3484577, 0.2829510, 0.2287113, 0.2090151
  };
  private static final double[] SEQUENTIAL_OUTPUT = {0.4778745, 0.5221255};
  private static final double[] FUNCTIONAL_MAPS = {
    0.3904381, 0.3422494, 0.2741902, 0.2182697, 0.2007883
  };
  private static final double[] FUNCTIONAL_OUTPUT = {0.4875080, 0.5124920};

  @TempDir Path folder;

  public static Path resource(String name) {
    try {
      return Path.of(KerasFileTest.class.getResource("/keras/" + name).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static double[] output(ComputationGraph graph) {
    INDArray channelsLast = FormulaWeights.images(1, 8).permute(0, 2, 3, 1).dup('c');
    return graph.outputSingle(channelsLast).toDoubleVector();
  }

  /** The part up to a vertex in Pneuma's format, then the global average. */
  private static double[] maps(ComputationGraph keras, String input, String last) {
    FeatureGraph part = FeatureGraph.of(keras.getConfiguration(), "", input, last);
    var builder = Backbone.graph(new NoOp(), 1).addInputs("image");
    Blocks blocks = new Blocks(builder, "x/");
    builder.setOutputs(blocks.globalAverage("mean", part.addTo(blocks, "image")));
    builder.setInputTypes(InputType.convolutional(8, 8, 3));
    ComputationGraph graph = new ComputationGraph(builder.build());
    graph.init();
    part.copy(keras, graph, "x/");
    return graph.outputSingle(FormulaWeights.images(1, 8)).toDoubleVector();
  }

  @Test
  void computesWhatASequentialModelComputes() throws IOException {
    ComputationGraph graph = KerasFile.read(resource("sequential.h5"));
    assertArrayEquals(SEQUENTIAL_OUTPUT, output(graph), 1e-6);
    assertArrayEquals(SEQUENTIAL_MAPS, maps(graph, "conv2d_input", "max_pooling2d"), 1e-6);
  }

  @Test
  void computesWhatAFunctionalModelComputes() throws IOException {
    ComputationGraph graph = KerasFile.read(resource("functional.h5"));
    assertArrayEquals(FUNCTIONAL_OUTPUT, output(graph), 1e-6);
    assertArrayEquals(FUNCTIONAL_MAPS, maps(graph, "input_1", "c2"), 1e-6);
  }

  @Test
  void aBackboneOutsideTheZooTakesNoKerasFile() {
    String message =
        assertThrows(
                WeightsException.class,
                () -> Pretrained.open(resource("functional.h5"), false).fit(new ResNet18()))
            .getMessage();
    assertTrue(message.contains("a Keras network from elsewhere, which only a backbone zoo:NAME"));
  }

  @Test
  void namesALayerThatCannotBeImported() throws IOException {
    byte[] bytes = Files.readAllBytes(resource("functional.h5"));
    String text = new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1);
    Path file = folder.resolve("lambda.h5");
    Files.write(
        file,
        text.replace("\"class_name\": \"SeparableConv2D\"", "\"class_name\": \"Lambda\"         ")
            .getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
    String message = assertThrows(WeightsException.class, () -> KerasFile.read(file)).getMessage();
    assertTrue(message.contains("it has a layer of class \"Lambda\"; can be: Activation"), message);
  }

  @Test
  void namesAnHdf5FileCutShort() throws IOException {
    byte[] bytes = Files.readAllBytes(resource("sequential.h5"));
    Path file = folder.resolve("short.h5");
    Files.write(file, Arrays.copyOf(bytes, bytes.length / 2));
    String message = assertThrows(WeightsException.class, () -> KerasFile.read(file)).getMessage();
    assertEquals(0, message.indexOf(file + ": holds no Keras network"), message);
  }
}
