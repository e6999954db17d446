package io.pneuma.prediction;

import io.pneuma.backprop.ForwardPass;
import io.pneuma.evaluation.Familiarity;
import io.pneuma.graphfiles.ModelFile;
import io.pneuma.network.FusionNetwork;
import io.pneuma.platform.Processor;
import io.pneuma.platform.Workers;
import io.pneuma.prediction.Predictor.Answer;
import io.pneuma.prediction.Predictor.Trained;
import io.pneuma.prediction.Sight.Seen;
import io.pneuma.run.RunDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import org.bytedeco.javacpp.FloatPointer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** A network that is being loaded, and what it says of images, for one caller at a time. */
final class LoadedNetwork implements AutoCloseable {
  /** Instead of the size of a batch: all views of one image, without compiling anything. */
  static final int BY_LAYERS = 0;

  private final RunDirectory run;
  private final Future<ComputationGraph> graph;
  private final Future<Familiarity> familiarity;
  private final Sight sight;
  private final int threads;
  private final int like;
  private final Map<Integer, Compiled> compiled = new HashMap<>(); // By the size of their batches.

  /** A forward pass, and B x 3 x S x S for what goes into it. */
  private record Compiled(ForwardPass pass, INDArray room) {
    int batch() {
      return (int) room.size(0);
    }
  }

  LoadedNetwork(Trained trained, Looks looks) {
    this(
        trained.run(),
        trained.run().model(),
        Sight.of(trained.recipe(), looks),
        Processor.cores(),
        Processor.cores());
  }

  /**
   * Begins to load a network.
   *
   * @param run null where it is not at hand
   * @param threads that it may use
   * @param like the threads of the machine whose last digits it gives
   */
  LoadedNetwork(RunDirectory run, Path model, Sight sight, int threads, int like) {
    this.run = run;
    this.sight = sight;
    this.threads = threads;
    this.like = like;
    this.graph = begin(() -> ModelFile.read(model));
    this.familiarity = begin(() -> Familiarity.of(ModelFile.readBytes(model, Familiarity.FILE)));
  }

  private static <T> Future<T> begin(Callable<T> work) {
    FutureTask<T> task = new FutureTask<>(work);
    Thread loader = new Thread(task, "model");
    loader.setDaemon(true);
    loader.start();
    return task;
  }

  private static <T> T loaded(Future<T> part) throws IOException {
    return Workers.await(part, "the network was loaded");
  }

  /** The run that trained it. */
  RunDirectory run() {
    return run;
  }

  /** How it takes images. */
  Sight sight() {
    return sight;
  }

  /** How often it looks at an image. */
  int looks() {
    return sight.views().size();
  }

  /** Names the views over which it averages. */
  String views() {
    return sight.views().toString();
  }

  /** The distance from which on, itself not included, an image is unfamiliar to it. */
  double mostFamiliar() throws IOException {
    return loaded(familiarity).threshold();
  }

  private Compiled compiled(int batch) throws IOException {
    Compiled known = compiled.get(batch);
    if (known == null) {
      boolean byLayers = batch == BY_LAYERS;
      int size = sight.imageSize();
      known =
          new Compiled(
              byLayers
                  ? ForwardPass.byLayers(loaded(graph))
                  : ForwardPass.of(loaded(graph), batch, threads, like),
              Nd4j.create(DataType.FLOAT, byLayers ? looks() : batch, 3, size, size));
      compiled.put(batch, known);
    }
    return known;
  }

  /**
   * What it says of images that are seen by its {@link #sight}.
   *
   * @param batchSize views that it takes at a time
   */
  List<Answer> answer(List<Seen> images, int batchSize) throws IOException {
    Compiled network = compiled(batchSize);
    int batch = network.batch();
    int looks = looks();
    int rows = images.size() * looks;
    List<List<double[]>> said = new ArrayList<>();
    List<Double> distances = new ArrayList<>();
    for (int first = 0; first < rows; first += batch) {
      int count = Math.min(batch, rows - first);
      ForwardPass.Outputs outputs =
          network.pass.outputs(new INDArray[] {rows(network.room, images, first, count)});
      for (int row = 0; row < count; row++) {
        if ((first + row) % looks == 0) { // The plain view.
          said.add(new ArrayList<>());
          float[] layout = images.get(distances.size()).layout();
          distances.add(distance(outputs.features()[row], layout));
        }
        said.get(said.size() - 1).add(outputs.probabilities()[row]);
      }
    }
    List<Answer> answers = new ArrayList<>();
    for (int image = 0; image < images.size(); image++) {
      double distance = distances.get(image);
      answers.add(new Answer(Looks.mean(said.get(image)), distance, distance > mostFamiliar()));
    }
    return answers;
  }

  /** Copies some of the views of all images into the room for them. */
  private INDArray rows(INDArray room, List<Seen> images, int first, int count) {
    int length = sight.length();
    FloatPointer target = new FloatPointer(room.data().addressPointer());
    for (int row = 0; row < count; row++) {
      float[] views = images.get((first + row) / looks()).pixels();
      int view = (first + row) % looks();
      target.position((long) row * length).put(views, view * length, length);
    }
    return room.get(NDArrayIndex.interval(0, count));
  }

  /** From the training images, of which the plain view tells, as it was learnt. */
  private double distance(float[][] features, float[] layout) throws IOException {
    int positions = FusionNetwork.positions(loaded(graph));
    return loaded(familiarity).distance(Familiarity.parts(features, positions, layout));
  }

  @Override
  public void close() {
    compiled.values().forEach(network -> network.pass.close());
    compiled.clear();
  }
}
