package io.pneuma.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.backprop.ForwardPass;
import io.pneuma.backprop.ForwardPass.Outputs;
import io.pneuma.evaluation.Decision;
import io.pneuma.evaluation.Heard;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;

class ListeningTest {
  private static final int IMAGES = 40;
  private static final int BATCH = 16;

  /** A head that hears the first feature of the first input alone. */
  private static final class DeafToTheSecond implements ForwardPass {
    @Override
    public Outputs outputs(INDArray[] inputs) {
      throw new UnsupportedOperationException();
    }

    @Override
    public double[][] output(INDArray[] inputs) {
      assertTrue(inputs[0].size(0) <= BATCH && inputs[1].size(1) == 3);
      double[][] said = new double[(int) inputs[0].size(0)][];
      for (int row = 0; row < said.length; row++) {
        double p = inputs[0].getDouble(row, 0);
        said[row] = new double[] {1 - p, p};
      }
      return said;
    }

    @Override
    public void close() {}
  }

  private final int[] labels = new int[IMAGES];
  private final float[][][] features = new float[IMAGES][][];
  private final double[][] said = new double[IMAGES][];

  ListeningTest() {
    for (int i = 0; i < IMAGES; i++) {
      labels[i] = i % 2;
      float p = 0.25f + 0.5f * labels[i];
      features[i] = new float[][] {{p, 7}, {i, -i, 1}};
      said[i] = new double[] {1 - p, p};
    }
  }

  private Listening listening() {
    return new Listening(
        new DeafToTheSecond(), BATCH, new Outputs(said, features), labels, Decision.at(1));
  }

  @Test
  void whatIsNotHeardMovesNothing() {
    List<Heard> heard = listening().of(List.of("first", "second"), 1);
    assertEquals(new Heard("second", 0, 1, 1), heard.get(1));
    assertEquals("first", heard.get(0).backbone());
    assertEquals(1, heard.get(0).rocAuc());
    // Half of the images get a feature of the other class, and with it the other answer.
    assertEquals(0.25, heard.get(0).moved(), 0.08);
    assertEquals(0.5, heard.get(0).dealtRocAuc(), 0.15);
  }

  @Test
  void aHeadThatIsNotTheNetworksIsFound() {
    said[IMAGES - 1] = new double[] {0.5, 0.5};
    assertThrows(IllegalStateException.class, this::listening);
  }
}
