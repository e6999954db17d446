package io.pneuma.monitor;

import org.deeplearning4j.ui.model.stats.api.StatsType;
import org.deeplearning4j.ui.model.stats.api.StatsUpdateConfiguration;

/**
 * What the training UI's charts need and no more: no histograms, which cost most on deep graphs.
 *
 * <p>Written out since Deeplearning4j's own builder turns histograms of the gradients on together
 * with their standard deviations.
 *
 * @param reportingFrequency iterations from one point of a chart to the next
 */
record SummaryStats(int reportingFrequency) implements StatsUpdateConfiguration {
  private static final long serialVersionUID = 1;

  @Override
  public boolean collectPerformanceStats() {
    return true;
  }

  @Override
  public boolean collectMemoryStats() {
    return true;
  }

  @Override
  public boolean collectGarbageCollectionStats() {
    return true;
  }

  @Override
  public boolean collectLearningRates() {
    return true;
  }

  @Override
  public boolean collectHistograms(StatsType type) {
    return false;
  }

  @Override
  public int numHistogramBins(StatsType type) {
    return 0;
  }

  @Override
  public boolean collectMean(StatsType type) {
    return type == StatsType.Activations;
  }

  @Override
  public boolean collectStdev(StatsType type) {
    return type != StatsType.Parameters;
  }

  /** The update ratio is the magnitude of the updates over that of the parameters. */
  @Override
  public boolean collectMeanMagnitudes(StatsType type) {
    return type == StatsType.Parameters || type == StatsType.Updates;
  }
}
