package io.pneuma.inference;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class StretchTest {
  private static Network network(String name) {
    return Fusion.fuse(GraphReader.read(Graphs.backbone(name, 64), new Shape(3, 64, 64)));
  }

  private static List<Integer> images(Network network, int batch) {
    return Stretch.of(network, batch).stream().map(Stretch::images).toList();
  }

  @Test
  void theLargerTheWeightsOfWinogradsAlgorithmTheMoreImages() {
    Network network = network("resnet18");
    List<Stretch> stretches = Stretch.of(network, 32);
    assertEquals(List.of(2, 16, 32), images(network, 32));
    assertEquals(
        network.steps(), stretches.stream().flatMap(part -> part.steps().stream()).toList());
    // Those of 256 to 256 channels take 9 MiB, those of 512 to 512 channels 36 MiB.
    assertEquals(256, stretches.get(1).steps().get(0).shape().channels());
    assertEquals(512, stretches.get(2).steps().get(0).shape().channels());
  }

  @Test
  void slicesDivideTheBatch() {
    Network network = network("resnet18");
    assertEquals(List.of(1, 1, 1), images(network, 1));
    assertEquals(List.of(2, 6, 6), images(network, 6));
    assertEquals(List.of(1, 11, 11), images(network, 11));
    assertEquals(List.of(2, 12, 24), images(network, 24));
  }

  @Test
  void smallWeightsTakeFewImagesThroughout() {
    assertEquals(List.of(2), images(network("mobilenetv2"), 32));
  }
}
