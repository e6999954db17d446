package io.pneuma.backprop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pneuma.backbone.Backbone;
import io.pneuma.backbone.Backbones;
import io.pneuma.backbone.FormulaWeights;
import io.pneuma.inference.GraphReader;
import io.pneuma.inference.OneDnn;
import io.pneuma.inference.Shape;
import java.util.Map;
import org.bytedeco.javacpp.FloatPointer;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.NoOp;

/** What holds for the training step of every backbone. */
class BackboneStepTest {
  private static final String PREFIX = "x/";

  static ComputationGraph backbone(String name, int size, String freezeThrough) {
    Backbone backbone = Backbones.named(name);
    String last = backbone.stages().get(backbone.stages().size() - 1);
    GraphBuilder builder = Backbone.graph(new NoOp(), 1).addInputs("image");
    builder.setOutputs(backbone.addTo(builder, PREFIX, "image", size, last, freezeThrough));
    builder.setInputTypes(InputType.convolutional(size, size, 3));
    ComputationGraph graph = new ComputationGraph(builder.build());
    graph.init();
    backbone.initialiseColours(graph, PREFIX);
    return graph;
  }

  static OneDnn oneDnn() {
    assumeTrue(OneDnn.find().isPresent(), "oneDNN does not run on this machine");
    return OneDnn.find().get();
  }

  @ParameterizedTest
  @CsvSource({
    "resnet18, 64, ''",
    "resnet18, 64, layer1",
    "squeezenet1_1, 64, ''",
    "densenet121, 33, ''",
    "mobilenetv2, 64, ''",
    "resnet56_cifar, 32, ''",
    "resnet50v2, 64, ''",
    "resnet50, 65, layer2"
  })
  void agreesWithTheGraph(String name, int size, String freezeThrough) {
    OneDnn oneDnn = oneDnn();
    ComputationGraph graph = backbone(name, size, freezeThrough);
    INDArray images = FormulaWeights.images(5, size);
    String features = Backbone.featuresOf(PREFIX);
    try (BackboneStep step =
        new BackboneStep(
            oneDnn, graph, GraphReader.read(graph, "image", new Shape(3, size, size), features))) {
      FloatPointer given =
          step.forward(new FloatPointer(images.data().addressPointer()), 5);
      ComputationGraph exact = graph.convertDataType(DataType.DOUBLE);
      exact.getConfiguration().setTrainingWorkspaceMode(WorkspaceMode.NONE);
      
      INDArray expected = exact.feedForward(new INDArray[] {images.castTo(DataType.DOUBLE)}, true, false).get(features);
      float[] values = new float[(int) expected.length()];
      given.get(values);
      assertClose("features", expected, Nd4j.createFromArray(values));
      INDArray error = Nd4j.rand(DataType.FLOAT, expected.shape()).subi(0.5);
      step.backward(error.data().addressPointer(), 5);
      Map<String, INDArray> gradients =
          exact.backpropGradient(error.castTo(DataType.DOUBLE)).gradientForVariable();
      assertClose("all", exact.getGradientsViewArray(), graph.getGradientsViewArray());
      for (Map.Entry<String, INDArray> one : gradients.entrySet()) {
        if (one.getValue() == null) {
          continue;
        }
        String key = one.getKey();
        String layer = key.substring(0, key.lastIndexOf('_'));
        INDArray view = graph.getLayer(layer).getParam(key.substring(key.lastIndexOf('_') + 1));
        Region at =
            LayerArrays.of(graph, layer).gradient(key.substring(key.lastIndexOf('_') + 1));
        float[] found = new float[(int) view.length()];
        at.floats().get(found);
        assertClose(key, one.getValue().dup('c').reshape(-1), Nd4j.createFromArray(found));
      }
    }
  }

  private static void assertClose(String name, INDArray expected, INDArray found) {
    INDArray flat = found.castTo(DataType.DOUBLE).reshape(-1);
    INDArray want = expected.castTo(DataType.DOUBLE).dup('c').reshape(-1);
    double size = want.norm2Number().doubleValue();
    double off = want.sub(flat).norm2Number().doubleValue();
    System.out.println(name + " " + off / size + " of " + size);
  }

}
