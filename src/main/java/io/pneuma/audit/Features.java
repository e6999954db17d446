package io.pneuma.audit;

import io.pneuma.config.Recipe.BackboneSpec;
import io.pneuma.config.WeightsSource.OfFile;
import io.pneuma.features.BankFiller;
import io.pneuma.features.FeatureBank;
import io.pneuma.images.ImagePipeline;
import io.pneuma.images.ImageView;
import io.pneuma.images.LabelledImage;
import io.pneuma.network.BackboneUnit;
import io.pneuma.platform.Processor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What stands for an image's content: the features of a frozen backbone by the feature bank, or
 * {@link Outlines} where there are no weights.
 */
public final class Features {
  /** The backbone whose weights are taken. */
  public static final String BACKBONE = "squeezenet1_1";

  private static final int IMAGE_SIZE = 224;

  private final Path bank;
  private final BackboneUnit backbone; // null for outlines.
  private final ComputationGraph graph;

  private Features(Path bank, BackboneUnit backbone, ComputationGraph graph) {
    this.bank = bank;
    this.backbone = backbone;
    this.graph = graph;
  }

  /** Features that need no weights. */
  public static Features withoutWeights() {
    return new Features(null, null, null);
  }

  /**
   * Features of {@value #BACKBONE}.
   *
   * @param weights a file that fits it
   * @param bank the folder of stored features
   * @throws io.pneuma.weights.WeightsException when the file cannot be read, or does not fit
   */
  public static Features of(Path weights, Path bank) throws IOException {
    OfFile file = new OfFile(weights, Optional.empty(), false);
    BackboneSpec spec = new BackboneSpec(BACKBONE, file, BackboneSpec.FREEZE_ALL, Optional.empty());
    BackboneUnit backbone = BackboneUnit.alone(spec, IMAGE_SIZE);
    return new Features(bank, backbone, backbone.create());
  }

  /** What they are, for readers. */
  String description() {
    return backbone == null
        ? "histograms of oriented gradients, no weights"
        : BACKBONE + ", frozen, at " + IMAGE_SIZE + " pixels, and histograms of oriented gradients";
  }

  /**
   * The features of each image, those of a backbone before its outlines; one row an image.
   *
   * @param stages shows how the bank is filled
   * @param filler who computes what the bank lacks
   */
  List<float[][]> of(List<LabelledImage> images, List<Look> looks, Stages stages, BankFiller filler)
      throws IOException {
    float[][] outlines = looks.stream().map(Look::tile).map(Outlines::of).toArray(float[][]::new);
    return backbone == null
        ? Collections.singletonList(outlines)
        : List.of(fromBank(images, stages, filler), outlines);
  }

  private float[][] fromBank(List<LabelledImage> images, Stages stages, BankFiller filler)
      throws IOException {
    float[][] rows = new float[images.size()][];
    ImagePipeline pipeline = ImagePipeline.plain(IMAGE_SIZE);
    List<ImageView> views =
        images.stream().map(image -> new ImageView(image, ImagePipeline.PLAIN)).toList();
    try (FeatureBank features =
        FeatureBank.open(bank, List.of(backbone), IMAGE_SIZE, pipeline, Processor.cores())) {
      int missing = features.missing(views).size();
      if (missing > 0) {
        stages.show(
            "features",
            missing,
            "images",
            done -> filler.fill(features, views, List.of(graph), done));
      }
      INDArray[] room = features.room(images.size());
      features.read(views, room);
      ByteBuffer all = room[0].data().asNio().order(ByteOrder.nativeOrder());
      for (int i = 0; i < rows.length; i++) {
        rows[i] = new float[backbone.width()];
        all.asFloatBuffer().position(i * rows[i].length).get(rows[i]);
      }
      return rows;
    }
  }
}
