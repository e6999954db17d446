package io.pneuma.explain;

import io.pneuma.config.Recipe;
import io.pneuma.config.Recipe.DicomRule;
import io.pneuma.evaluation.Conformal;
import io.pneuma.evaluation.Decision;
import io.pneuma.evaluation.OperatingPoint;
import io.pneuma.explain.Explainer.Explanation;
import io.pneuma.graphfiles.ModelFile;
import io.pneuma.images.ImageBytes;
import io.pneuma.images.ImagePipeline;
import io.pneuma.images.UnreadableImageException;
import io.pneuma.network.BackboneUnit;
import io.pneuma.run.RunDirectory;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Explains what a run says of images; an ensemble's maps are the mean of its members', of the class
 * that follows from the mean of their probabilities.
 */
public final class RunExplainer implements AutoCloseable {
  private final List<String> labels;
  private final Decision decision;
  private final Conformal sets; // Null without them.
  private final Method method;
  private final DicomRule rule;
  private final List<Member> members = new ArrayList<>();

  /** A trained run, or a member of one, and its recipe. */
  public record Trained(RunDirectory run, Recipe recipe) {}

  private record Member(Explainer explainer, ImagePipeline pipeline, List<String> backbones) {}

  /**
   * Why a run says what it says of an image.
   *
   * @param probabilities of each class
   * @param which the class that is explained
   * @param undecided whether the prediction set is not of one class
   * @param fused the sum over the backbones
   * @param byBackbone by their names in the recipe
   * @param attention how much weight the attention gives each backbone, by name; empty where it
   *     gives none that can be told apart
   */
  @SuppressWarnings("ArrayRecordComponent") // A carrier, never compared.
  public record Explained(
      double[] probabilities,
      int which,
      boolean undecided,
      Heatmap fused,
      Map<String, Heatmap> byBackbone,
      Map<String, Double> attention) {}

  /**
   * Loads and compiles the networks of a run.
   *
   * @param members the run itself, or those of an ensemble
   * @throws io.pneuma.computation.UnsupportedLayerException when a network has no maps to explain
   *     by
   */
  public RunExplainer(RunDirectory run, List<Trained> members, Method method) throws IOException {
    this.labels = List.of(run.readJson(run.labels(), String[].class));
    OperatingPoint point = run.readJson(run.decision(), OperatingPoint.class);
    this.decision = point.decision(labels);
    this.sets = point.conformal();
    this.method = method;
    this.rule = members.get(0).recipe().data().dicom();
    try {
      for (Trained trained : members) {
        int size = trained.recipe().data().imageSize();
        this.members.add(
            new Member(
                new Explainer(ModelFile.read(trained.run().model()), size, 1),
                ImagePipeline.plain(size),
                BackboneUnit.labels(trained.recipe())));
      }
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  /** The classes, in the order of the probabilities. */
  public List<String> labels() {
    return labels;
  }

  /**
   * Explains an image.
   *
   * @param wanted the class to be explained; empty for the answer
   * @throws UnreadableImageException when the file gives no image
   */
  public Explained explain(Path image, OptionalInt wanted) throws IOException {
    return explain(ImageBytes.of(image, rule), wanted);
  }

  /**
   * Explains an image that is in memory.
   *
   * @param wanted the class to be explained; empty for the answer
   * @throws UnreadableImageException when the bytes give no image
   */
  public Explained explain(ImageBytes image, OptionalInt wanted) throws UnreadableImageException {
    List<INDArray> pixels = new ArrayList<>();
    for (Member member : members) {
      int size = member.pipeline.imageSize();
      FloatBuffer buffer = FloatBuffer.allocate(member.pipeline.length());
      member.pipeline.read(image, buffer);
      pixels.add(Nd4j.createFromArray(buffer.array()).reshape('c', 1, 3, size, size));
    }
    double[] probabilities = new double[labels.size()];
    List<Explanation> each = new ArrayList<>();
    for (int i = 0; i < members.size(); i++) {
      Explanation own = explain(i, pixels.get(i), wanted);
      for (int k = 0; k < probabilities.length; k++) {
        probabilities[k] += own.probabilities()[k] / members.size();
      }
      each.add(own);
    }
    int which = wanted.orElse(decision.answer(probabilities));
    for (int i = 0; i < members.size(); i++) {
      if (each.get(i).which() != which) { // The others outvoted it.
        each.set(i, explain(i, pixels.get(i), OptionalInt.of(which)));
      }
    }
    return mean(probabilities, which, each);
  }

  private Explanation explain(int member, INDArray pixels, OptionalInt wanted) {
    return members
        .get(member)
        .explainer
        .explain(pixels, said -> wanted.orElse(decision.answer(said)), method)
        .get(0);
  }

  private Explained mean(double[] probabilities, int which, List<Explanation> each) {
    Map<String, List<Heatmap>> byName = new LinkedHashMap<>();
    Map<String, Double> attention = new LinkedHashMap<>();
    for (int i = 0; i < members.size(); i++) {
      List<String> names = members.get(i).backbones;
      double[] weights = members.get(i).explainer.attention(each.get(i));
      for (int backbone = 0; backbone < names.size(); backbone++) {
        byName
            .computeIfAbsent(names.get(backbone), key -> new ArrayList<>())
            .add(each.get(i).byBackbone().get(backbone));
        if (weights.length > 0) {
          attention.merge(names.get(backbone), weights[backbone] / members.size(), Double::sum);
        }
      }
    }
    Map<String, Heatmap> byBackbone = new LinkedHashMap<>();
    byName.forEach((name, maps) -> byBackbone.put(name, shared(maps)));
    return new Explained(
        probabilities,
        which,
        sets != null && sets.set(labels, probabilities).size() != 1,
        shared(each.stream().map(Explanation::fused).toList()),
        byBackbone,
        attention);
  }

  /** The sum, each counting as one of all members. */
  private Heatmap shared(List<Heatmap> maps) {
    Heatmap sum = Explainer.sum(maps);
    return Heatmap.none(sum.height(), sum.width()).plus(sum, 1f / members.size());
  }

  @Override
  public void close() {
    members.forEach(member -> member.explainer.close());
  }
}
