package io.pneuma.prediction;

import io.pneuma.backprop.ForwardPass;
import io.pneuma.config.Recipe;
import io.pneuma.evaluation.Familiarity;
import io.pneuma.graphfiles.ModelFile;
import io.pneuma.images.FixedView;
import io.pneuma.images.GreyLayout;
import io.pneuma.images.ImageBatch;
import io.pneuma.images.ImageBatches;
import io.pneuma.images.ImagePipeline;
import io.pneuma.images.ImageView;
import io.pneuma.images.LabelledImage;
import io.pneuma.images.Shift;
import io.pneuma.network.FusionNetwork;
import io.pneuma.platform.Processor;
import io.pneuma.platform.Workers;
import io.pneuma.prediction.Predictor.Answer;
import io.pneuma.prediction.Predictor.Trained;
import io.pneuma.run.RunDirectory;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.function.LongConsumer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** A network that is being loaded, and how it takes images. */
final class LoadedNetwork {
  private final RunDirectory run;
  private final Future<ComputationGraph> graph;
  private final Future<Familiarity> familiarity;
  private final List<FixedView> views;
  private final List<ImagePipeline> pipelines; // One for each view, the plain one first.
  private final int imageSize;

  LoadedNetwork(Trained trained, Looks looks) {
    this.run = trained.run();
    Path model = run.model();
    this.graph = begin(() -> ModelFile.read(model));
    this.familiarity = begin(() -> Familiarity.of(ModelFile.readBytes(model, Familiarity.FILE)));
    Recipe recipe = trained.recipe();
    this.imageSize = recipe.data().imageSize();
    ImagePipeline plain =
        new ImagePipeline(imageSize, recipe.augmentation(), recipe.seed())
            .taking(recipe.data().dicom());
    this.views = looks.views(recipe.augmentation());
    this.pipelines = views.stream().map(plain::lookingAt).toList();
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

  /** How often it looks at an image. */
  int looks() {
    return views.size();
  }

  /** Names the views over which it averages. */
  String views() {
    return views.toString();
  }

  /** The distance from which on, itself not included, an image is unfamiliar to it. */
  double mostFamiliar() throws IOException {
    return loaded(familiarity).threshold();
  }

  Answer predict(Path image) throws IOException {
    FloatBuffer pixels = FloatBuffer.allocate(looks() * 3 * imageSize * imageSize);
    for (ImagePipeline pipeline : pipelines) {
      pipeline.read(image, pixels);
    }
    INDArray batch =
        Nd4j.createFromArray(pixels.array()).reshape('c', looks(), 3, imageSize, imageSize);
    try (ForwardPass layers = ForwardPass.byLayers(loaded(graph))) {
      ForwardPass.Outputs outputs = layers.outputs(new INDArray[] {batch});
      float[] layout = GreyLayout.of(pixels.rewind(), imageSize);
      return answer(List.of(outputs.probabilities()), distance(outputs.features()[0], layout));
    }
  }

  /**
   * Answers for many images as if they came from elsewhere, for each shift a list of answers.
   *
   * @param done called with the number of images seen so far, each counted once for a view and a
   *     shift
   */
  List<List<Answer>> predict(
      List<LabelledImage> images, List<Shift> shifts, int batchSize, LongConsumer done)
      throws IOException {
    List<List<Answer>> all = new ArrayList<>();
    try (ForwardPass compiled = ForwardPass.of(loaded(graph), batchSize, Processor.cores())) {
      for (Shift shift : shifts) {
        long before = (long) all.size() * looks() * images.size();
        all.add(predict(compiled, images, shift, batchSize, count -> done.accept(before + count)));
      }
    }
    return all;
  }

  private List<Answer> predict(
      ForwardPass compiled,
      List<LabelledImage> images,
      Shift shift,
      int batchSize,
      LongConsumer done)
      throws IOException {
    List<ImageView> plain =
        images.stream().map(image -> new ImageView(image, ImagePipeline.PLAIN)).toList();
    List<List<double[]>> said = new ArrayList<>();
    images.forEach(image -> said.add(new ArrayList<>()));
    List<Double> distances = new ArrayList<>();
    int threads = Processor.cores();
    long seen = 0;
    for (ImagePipeline pipeline : pipelines) {
      int image = 0;
      try (ImageBatches batches =
          new ImageBatches(plain, pipeline.shifted(shift), batchSize, threads)) {
        while (batches.hasNext()) {
          ImageBatch batch = batches.next();
          ForwardPass.Outputs outputs = compiled.outputs(new INDArray[] {batch.pixels()});
          if (distances.size() < images.size()) { // Of the plain view.
            List<float[]> layouts = GreyLayout.of(batch);
            for (int i = 0; i < layouts.size(); i++) {
              distances.add(distance(outputs.features()[i], layouts.get(i)));
            }
          }
          for (double[] probabilities : outputs.probabilities()) {
            said.get(image++).add(probabilities);
          }
          seen += batch.views().size();
          done.accept(seen);
        }
      }
    }
    List<Answer> answers = new ArrayList<>();
    for (int i = 0; i < images.size(); i++) {
      answers.add(answer(said.get(i), distances.get(i)));
    }
    return answers;
  }

  private Answer answer(List<double[]> said, double distance) throws IOException {
    return new Answer(Looks.mean(said), distance, distance > mostFamiliar());
  }

  /** From the training images, of which the plain view tells, as it was learnt. */
  private double distance(float[][] features, float[] layout) throws IOException {
    int positions = FusionNetwork.positions(loaded(graph));
    return loaded(familiarity).distance(Familiarity.parts(features, positions, layout));
  }
}
