package io.pneuma.spark;

import io.pneuma.search.Outcome;
import io.pneuma.training.TrainingException;
import java.io.IOException;
import java.io.Serializable;
import org.apache.spark.broadcast.Broadcast;

/**
 * Does a training on an executor.
 *
 * @param id of the trainings that have these images
 * @param engine what computes on the driver
 * @param parts a packet of all data sets that they train on
 */
record TrialWork(String id, String engine, Broadcast<byte[]> parts)
    implements Jobs.Work<byte[], TrialWork.Result> {
  /** Images that a thread takes at a time, for the name of the engine, where none are taken. */
  static final int EACH = 1;

  /**
   * What came of it.
   *
   * @param candidate how a candidate ended; null of another
   * @param answers for each test image the probability of each class; null of another
   * @param failure why there are no answers
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record Result(Outcome candidate, double[][] answers, String failure) implements Serializable {}

  @Override
  public Result of(byte[] task) throws IOException {
    Worker.start();
    Worker.requireEngine("heads", EACH, engine);
    Workbench bench = Workbench.of(id, parts.value());
    Assignment assignment = (Assignment) Packet.unpack(task);
    return bench.run(
        assignment,
        (trial, data, features) -> {
          if (assignment.rule() != null) {
            Outcome outcome =
                Outcome.of(watch -> trial.train(data, features, watch), assignment.rule());
            return new Result(outcome, null, null);
          }
          try {
            return new Result(null, trial.answers(data, features), null);
          } catch (TrainingException e) {
            return new Result(null, null, e.getMessage());
          }
        });
  }
}
