package io.pneuma.spark;

import io.pneuma.prediction.AskedFile;
import io.pneuma.prediction.Predictor.Answer;
import io.pneuma.prediction.PredictorCopy;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.SparkFiles;

/**
 * Answers for images on an executor.
 *
 * @param id of this call of the verb
 * @param models the networks' files, as Spark handed them out
 * @param copy of the driver's predictor
 * @param batch views that a network takes at a time
 * @param each images that a thread takes of them at a time
 * @param engine what computes features on the driver
 * @param threads of one task
 */
record PredictWork(
    String id,
    List<String> models,
    PredictorCopy copy,
    int batch,
    int each,
    String engine,
    int threads)
    implements Jobs.Work<ArrayList<AskedFile>, ArrayList<PredictWork.Said>> {

  /** Networks of the call that this executor is at, loaded and compiled for a task each. */
  private static final Idle<PredictorCopy.Loaded> IDLE = new Idle<>(PredictorCopy.Loaded::close);

  /**
   * What is said of an image.
   *
   * @param answer null where there is a problem
   * @param problem why it gives no image; null where there is an answer
   */
  record Said(Answer answer, String problem) implements Serializable {}

  @Override
  public ArrayList<Said> of(ArrayList<AskedFile> files) throws IOException {
    Worker.start();
    Worker.requireEngine("features", each, engine);
    PredictorCopy.Loaded idle = IDLE.take(id);
    PredictorCopy.Loaded predictor = idle != null ? idle : load();
    try {
      ArrayList<Said> said = new ArrayList<>();
      predictor.answer(
          files,
          batch,
          reply ->
              said.add(
                  reply.problem() == null
                      ? new Said(reply.answer(), null)
                      : new Said(null, reply.problem().reason())));
      return said;
    } finally {
      IDLE.giveBack(id, predictor);
    }
  }

  private PredictorCopy.Loaded load() {
    return copy.load(models.stream().map(SparkFiles::get).map(Path::of).toList(), threads);
  }
}
