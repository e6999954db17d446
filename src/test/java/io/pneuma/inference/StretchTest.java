package io.pneuma.inference;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.pneuma.computation.Fusion;
import io.pneuma.computation.GraphReader;
import io.pneuma.computation.Network;
import io.pneuma.computation.Shape;
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
    assertEquals(List.of(1, 16, 32), images(network, 32));
    assertEquals(
        network.steps(), stretches.stream().flatMap(part -> part.steps().stream()).toList());
    // Those of 256 to 256 channels take 9 MiB, those of 512 to 512 channels 36 MiB.
    assertEquals(new Shape(256, 4, 4), stretches.get(1).steps().get(0).shape());
    assertEquals(new Shape(512, 2, 2), stretches.get(2).steps().get(0).shape());
  }

  @Test
  void theFewerThePixelsTheMoreImages() {
    Shape image = new Shape(3, 224, 224);
    Network network = Fusion.fuse(GraphReader.read(Graphs.backbone("densenet121", 224), image));
    List<Stretch> stretches = Stretch.of(network, 32);
    assertEquals(List.of(1, 4, 8), images(network, 32));
    assertEquals(28 * 28, stretches.get(1).steps().get(0).shape().pixels());
    assertEquals(14 * 14, stretches.get(2).steps().get(0).shape().pixels());
  }

  @Test
  void slicesDivideTheBatch() {
    Network network = network("resnet18");
    assertEquals(List.of(1, 1, 1), images(network, 1));
    assertEquals(List.of(1, 8, 8), images(network, 8));
    assertEquals(List.of(1, 11, 11), images(network, 11));
    assertEquals(List.of(1, 12, 24), images(network, 24));
  }

  @Test
  void winogradsAlgorithmTakesOneImageRatherThanAFew() {
    assertEquals(List.of(1, 1, 1), images(network("resnet18"), 4));
    assertEquals(List.of(1, 1, 31), images(network("resnet18"), 31));
  }
}
