package io.pneuma.training;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.pneuma.config.Recipe;
import io.pneuma.graphfiles.ModelFile;
import io.pneuma.run.RunDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.Optional;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The state of a training between two epochs, with the graph in one file so that the two cannot
 * part.
 *
 * @param epochs number of epochs trained
 * @param bestEpoch the epoch, from 1, with the best validation metric so far; 0 before the first
 * @param bestScore its metric
 * @param bestLoss its validation loss, which decides between equal metrics
 */
record Checkpoint(int epochs, int bestEpoch, double bestScore, double bestLoss) {
  private static final String ENTRY = "training.json";
  private static final String LEARNING = "learning.bin";
  private static final ObjectMapper JSON = new ObjectMapper();

  static Checkpoint start() {
    return new Checkpoint(0, 0, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);
  }

  static Path best(RunDirectory run) {
    return run.checkpoints().resolve("best.zip");
  }

  static Path last(RunDirectory run) {
    return run.checkpoints().resolve("last.zip");
  }

  /** Whether a training by this recipe ends here. */
  boolean isEnd(Recipe.Training training) {
    boolean stalled =
        training
            .earlyStopping()
            .filter(stopping -> epochs - bestEpoch >= stopping.patience())
            .isPresent();
    return stalled || epochs >= training.epochs();
  }

  /**
   * Writes it with the graph.
   *
   * @param learning the parameters to train on from, where the graph has their average
   */
  void write(RunDirectory run, Path file, ComputationGraph graph, Optional<INDArray> learning)
      throws IOException {
    Map<String, byte[]> entries = Map.of(ENTRY, JSON.writeValueAsBytes(this));
    Map<String, INDArray> arrays =
        learning.map(array -> Map.of(LEARNING, array)).orElseGet(Map::of);
    run.writeWith(file, temporary -> ModelFile.write(graph, temporary, true, entries, arrays));
  }

  /** The parameters to train on from, where the file's graph has their average. */
  static Optional<INDArray> learning(Path file, ComputationGraph graph) throws IOException {
    return ModelFile.readArray(file, LEARNING, graph.numParams());
  }

  /**
   * Makes the best epoch's file of the last epoch's, where that is the best. Were it written first,
   * a kill between the two would leave a best epoch that the last state does not know.
   */
  static void keepBest(RunDirectory run) {
    run.writeWith(
        best(run),
        temporary -> Files.copy(last(run), temporary, StandardCopyOption.REPLACE_EXISTING));
  }

  /** Makes up for a kill between the two files. */
  static void mend(RunDirectory run) throws IOException {
    Checkpoint last = read(last(run));
    boolean whole = Files.exists(best(run)) && read(best(run)).epochs() == last.bestEpoch;
    if (!whole && last.bestEpoch == last.epochs) {
      keepBest(run);
    } else if (!whole) {
      throw new TrainingException(
          best(run)
              + ": is not of epoch "
              + last.bestEpoch
              + ", which last.zip says was the best; start a new run");
    }
  }

  static Checkpoint read(Path file) throws IOException {
    return JSON.readValue(ModelFile.readText(file, ENTRY), Checkpoint.class);
  }
}
