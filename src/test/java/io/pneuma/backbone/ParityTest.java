package io.pneuma.backbone;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pneuma.backbone.FormulaWeights.Formula;
import java.io.IOException;
import java.io.InputStream;
import java.util.stream.Stream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Under formula weights every backbone computes what golden/NAME.json holds: the numbers of
 * torchvision 0.14, or, where it has no such network, of a reference written for PyTorch.
 */
class ParityTest {
  private static final double TOLERANCE = 1e-3;

  static Stream<String> backbones() {
    return Backbones.all().stream()
        .filter(backbone -> !(backbone instanceof ZooBackbone)) // ZooBackboneTest has its parity.
        .map(Backbone::name);
  }

  @ParameterizedTest
  @MethodSource("backbones")
  void agreesWithTheReference(String name) throws IOException {
    JsonNode golden;
    try (InputStream json = getClass().getResourceAsStream("/golden/" + name + ".json")) {
      assertTrue(json != null, "no golden numbers for " + name);
      golden = new ObjectMapper().readTree(json);
    }
    int size = golden.get("size").asInt();
    Backbone backbone = Backbones.named(name);
    backbone.setInputShape(new int[][] {{3, size, size}});
    ComputationGraph network = backbone.network();
    FormulaWeights.fill(network, "", Formula.of(golden));
    INDArray[] out = network.output(FormulaWeights.images(2, size));
    assertEquals(golden.get("featureDim").asInt(), out[0].columns());
    for (int n = 0; n < 2; n++) {
      assertClose(
          golden.get("features_first16").get(n), golden.get("features_l2").get(n), out[0], n);
      assertClose(golden.get("logits_first16").get(n), golden.get("logits_l2").get(n), out[1], n);
      double mean = golden.get("features_mean").get(n).asDouble();
      assertEquals(mean, out[0].getRow(n).meanNumber().doubleValue(), TOLERANCE * Math.abs(mean));
    }
  }

  private static void assertClose(JsonNode expected, JsonNode norm, INDArray actual, int row) {
    double length = norm.asDouble();
    assertEquals(length, actual.getRow(row).norm2Number().doubleValue(), TOLERANCE * length);
    // A single value near zero is measured against the size of its vector's values.
    double typical = length / Math.sqrt(actual.columns());
    for (int i = 0; i < expected.size(); i++) {
      double value = expected.get(i).asDouble();
      assertEquals(value, actual.getDouble(row, i), TOLERANCE * Math.max(Math.abs(value), typical));
    }
  }
}
