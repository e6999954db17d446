package io.pneuma.features;

import io.pneuma.images.ImageView;
import java.io.IOException;
import java.util.List;
import java.util.function.LongConsumer;
import org.deeplearning4j.nn.graph.ComputationGraph;

/** Who computes the features that a bank lacks. */
@FunctionalInterface
public interface BankFiller {
  /** This machine. */
  BankFiller HERE = FeatureBank::fill;

  /**
   * Computes and stores what is missing. All views counted by {@code done} stay, however this ends,
   * and what is stored is the same whoever computed it.
   *
   * @param views some of which are missing
   * @param graphs each backbone alone, in the order in which the bank was opened
   * @param done called with the number of views stored so far
   */
  void fill(
      FeatureBank bank, List<ImageView> views, List<ComputationGraph> graphs, LongConsumer done)
      throws IOException;
}
