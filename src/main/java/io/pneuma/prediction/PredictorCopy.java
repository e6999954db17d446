package io.pneuma.prediction;

import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What another process needs beside the files of a {@link Predictor}'s networks to answer as that
 * does, to the last digit. How it decides stays with the predictor.
 */
public final class PredictorCopy implements Serializable {
  private static final long serialVersionUID = 1;

  private final List<Sight> sights;
  private final List<String> labels;
  private final int threads;

  /**
   * Copies the lists.
   *
   * @param threads of the predictor
   */
  PredictorCopy(List<Sight> sights, List<String> labels, int threads) {
    this.sights = List.copyOf(sights);
    this.labels = List.copyOf(labels);
    this.threads = threads;
  }

  /** What answers for files. */
  public interface Loaded extends Respondent, AutoCloseable {
    @Override
    void close();
  }

  /**
   * Begins to load the networks.
   *
   * @param models their files, in the order of {@link Predictor#models}
   * @param own threads that it may use, whatever number the predictor has
   */
  public Loaded load(List<Path> models, int own) {
    List<LoadedNetwork> networks = new ArrayList<>();
    for (int i = 0; i < sights.size(); i++) {
      networks.add(new LoadedNetwork(null, models.get(i), sights.get(i), own, threads));
    }
    Predictor predictor = new Predictor(networks, own, labels, null);
    return new Loaded() {
      @Override
      public void answer(List<AskedFile> files, int batchSize, Replies each) throws IOException {
        predictor.answer(files, batchSize, each);
      }

      @Override
      public void close() {
        predictor.close();
      }
    };
  }
}
