package io.pneuma.cli;

import io.pneuma.config.Recipe;
import io.pneuma.config.RecipeDifference;
import io.pneuma.evaluation.Measurement;
import io.pneuma.evaluation.Metrics;
import io.pneuma.monitor.Mlflow;
import io.pneuma.monitor.TensorBoard;
import io.pneuma.run.Follower;
import io.pneuma.run.RunDirectory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What follows a run from outside, as its recipe's monitor wants it. */
final class Followers implements AutoCloseable {
  private final Optional<TensorBoard> tensorBoard;
  private final Optional<Mlflow> mlflow;
  private final Thread interruption = new Thread(this::interrupted);

  private Followers(Optional<TensorBoard> tensorBoard, Optional<Mlflow> mlflow) {
    this.tensorBoard = tensorBoard;
    this.mlflow = mlflow;
    Runtime.getRuntime().addShutdownHook(interruption);
  }

  /**
   * Those of a run.
   *
   * @param yaml its resolved recipe
   * @param name of the run
   */
  static Followers of(
      Recipe.Monitor monitor, String yaml, RunDirectory run, String name, Terminal terminal) {
    Map<String, String> recipe = RecipeDifference.values(yaml);
    return new Followers(
        monitor.tensorboard()
            ? Optional.of(
                new TensorBoard(
                    run.tensorboard(), recipe, why -> terminal.warning("warning: " + why)))
            : Optional.empty(),
        monitor
            .mlflow()
            .map(
                address ->
                    new Mlflow(
                        address,
                        name,
                        recipe,
                        run.mlflow(),
                        System.getenv(),
                        terminal::line,
                        why -> terminal.warning("warning: " + why))));
  }

  List<Follower> all() {
    List<Follower> all = new ArrayList<>();
    tensorBoard.ifPresent(all::add);
    mlflow.ifPresent(all::add);
    return all;
  }

  /** Tells what was measured at the end. */
  void measured(Map<String, Measurement> measurements) {
    Map<String, Double> scores = new LinkedHashMap<>();
    measurements.forEach(
        (split, measured) ->
            Metrics.names()
                .forEach(name -> scores.put(split + "/" + name, measured.metrics().get(name))));
    all().forEach(follower -> follower.measured(scores));
  }

  /** The run is done, and its report is written. */
  void finish(RunDirectory run) {
    mlflow.ifPresent(server -> server.finish(run.report()));
  }

  private void interrupted() {
    mlflow.ifPresent(Mlflow::interrupted);
  }

  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(interruption);
    } catch (IllegalStateException e) {
      return; // The program is being interrupted, which the hook tells.
    }
    mlflow.ifPresent(Mlflow::close);
    tensorBoard.ifPresent(TensorBoard::close);
  }
}
