package io.pneuma.layers;

import java.util.SplittableRandom;
import org.deeplearning4j.nn.conf.dropout.IDropout;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Leaves features out at random while a network learns, and makes the others larger by as much:
 * Srivastava et al., "Dropout" (2014), section 4. B x C in and out.
 *
 * <p>Unlike Deeplearning4j's own, what it leaves out follows from its seed and the number of the
 * step alone, so that a resumed training goes on exactly, and whoever computes the layer draws the
 * same.
 */
public final class FeatureDropout implements IDropout {
  private static final long serialVersionUID = 1;

  private double rate;
  private long seed;
  private transient float[][] factors; // Of the last pass.

  /** For deserialisation. */
  public FeatureDropout() {}

  /**
   * Dropout.
   *
   * @param rate probability with which a feature is left out, below 1
   */
  public FeatureDropout(double rate, long seed) {
    this.rate = rate;
    this.seed = seed;
  }

  /** Probability with which a feature is left out. */
  public double getRate() {
    return rate;
  }

  /** For deserialisation. */
  public void setRate(double rate) {
    this.rate = rate;
  }

  /** What the draws follow from, with the number of the step. */
  public long getSeed() {
    return seed;
  }

  /** For deserialisation. */
  public void setSeed(long seed) {
    this.seed = seed;
  }

  /**
   * What a step multiplies the features by: 0, or what makes up for those left out.
   *
   * @return B x C
   */
  public float[][] factors(int rows, int columns, int iteration) {
    SplittableRandom random = new SplittableRandom(1_000_003 * seed + iteration);
    float kept = (float) (1 / (1 - rate));
    float[][] drawn = new float[rows][columns];
    for (float[] row : drawn) {
      for (int i = 0; i < columns; i++) {
        row[i] = random.nextDouble() < rate ? 0 : kept;
      }
    }
    return drawn;
  }

  @Override
  public INDArray applyDropout(
      INDArray input, INDArray result, int iteration, int epoch, LayerWorkspaceMgr workspaces) {
    factors = factors((int) input.size(0), (int) input.size(1), iteration);
    return result.assign(input).muli(Nd4j.create(factors));
  }

  @Override
  public INDArray backprop(INDArray gradAtOutput, INDArray gradAtInput, int iteration, int epoch) {
    return gradAtInput.assign(gradAtOutput).muli(Nd4j.create(factors));
  }

  @Override
  public void clear() {
    factors = null;
  }

  @Override
  public FeatureDropout clone() {
    return new FeatureDropout(rate, seed);
  }
}
