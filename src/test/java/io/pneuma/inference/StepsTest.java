package io.pneuma.inference;

import static io.pneuma.inference.Graphs.convolution;
import static io.pneuma.inference.Graphs.norm;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pneuma.backbone.FormulaWeights;
import io.pneuma.computation.Fusion;
import io.pneuma.computation.GraphReader;
import io.pneuma.computation.Shape;
import io.pneuma.layers.ChannelNorm;
import io.pneuma.layers.ChannelScale;
import io.pneuma.layers.ClassToken;
import io.pneuma.layers.FirstToken;
import io.pneuma.layers.Gate;
import io.pneuma.layers.GroupedConvolution;
import io.pneuma.layers.Pointwise;
import io.pneuma.layers.TokenAttention;
import io.pneuma.onednn.OneDnn;
import io.pneuma.platform.FeatureWorkers;
import java.util.List;
import java.util.function.Function;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.graph.ScaleVertex;
import org.deeplearning4j.nn.conf.graph.SubsetVertex;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DepthwiseConvolution2D;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Each kind of step, and each way of joining steps, on a graph of a few layers. */
class StepsTest {
  private static final int SIZE = 13;

  /** Compares both ways of placing with the graph, and returns the steps by kind and output. */
  private static List<String> steps(Function<GraphBuilder, String> layers) {
    ComputationGraph graph = Graphs.of(SIZE, layers);
    Shape image = new Shape(3, SIZE, SIZE);
    INDArray images = FormulaWeights.images(3, SIZE);
    assumeTrue(OneDnn.find().isPresent(), "oneDNN does not run on this machine");
    for (int batch : new int[] {1, 3}) {
      FeatureWorkers workers = new FeatureWorkers(1);
      try (CompiledNetwork network =
          new CompiledNetwork(
              OneDnn.find().get(), GraphReader.read(graph, image), batch, batch, workers)) {
        Graphs.assertAgrees(graph, images, network.features(images));
        workers.close();
      }
    }
    return Fusion.fuse(GraphReader.read(graph, image)).steps().stream()
        .filter(step -> !step.output().equals("features"))
        .map(step -> step.getClass().getSimpleName() + " " + step.output())
        .toList();
  }

  private static void relu(GraphBuilder builder, String name, String input) {
    builder.addLayer(name, new ActivationLayer(Activation.RELU), input);
  }

  private static void add(GraphBuilder builder, String name, String left, String right) {
    builder.addVertex(name, new ElementWiseVertex(ElementWiseVertex.Op.Add), left, right);
  }

  @Test
  void convolutionNormalisationAndActivationAreOne() {
    assertEquals(
        List.of("Convolution relu"),
        steps(
            builder -> {
              builder.addLayer("conv", convolution(32, 3, 1), "image");
              builder.addLayer("norm", norm(), "conv");
              relu(builder, "relu", "norm");
              return "relu";
            }));
  }

  @Test
  void aNormalisationStaysWhereItsInputIsUsedTwice() {
    assertEquals(
        List.of("Convolution conv", "Norm relu", "Add add"),
        steps(
            builder -> {
              builder.addLayer("conv", convolution(24, 3, 2), "image");
              builder.addLayer("norm", norm(), "conv");
              relu(builder, "relu", "norm");
              add(builder, "add", "relu", "conv");
              return "add";
            }));
  }

  @Test
  void theSumOfAResidualUnitIsPartOfItsLastConvolution() {
    assertEquals(
        List.of("Convolution first", "Convolution inner", "Convolution relu"),
        steps(
            builder -> {
              builder.addLayer("first", convolution(32, 1, 1), "image");
              builder.addLayer("inner", convolution(32, 3, 1), "first");
              builder.addLayer("outer", convolution(32, 3, 1), "inner");
              add(builder, "add", "outer", "first");
              relu(builder, "relu", "add");
              return "relu";
            }));
  }

  @Test
  void ofTwoConvolutionsTheLaterTakesTheSum() {
    assertEquals(
        List.of("Convolution narrow", "Convolution residual", "Convolution add"),
        steps(
            builder -> {
              builder.addLayer("narrow", convolution(16, 3, 2), "image");
              builder.addLayer("residual", convolution(32, 3, 2), "narrow");
              builder.addLayer("shortcut", convolution(32, 1, 2), "narrow");
              add(builder, "add", "residual", "shortcut");
              return "add";
            }));
  }

  @Test
  void anAddendThatIsNeededAfterwardsIsKept() {
    assertEquals(
        List.of("Convolution first", "Convolution add", "Concatenation both"),
        steps(
            builder -> {
              builder.addLayer("first", convolution(16, 3, 1), "image");
              builder.addLayer("second", convolution(16, 1, 1), "first");
              add(builder, "add", "second", "first");
              builder.addVertex("both", new MergeVertex(), "add", "first");
              return "both";
            }));
  }

  @Test
  void aDenseBlockGrowsWhileEarlierMapsAreReadAgain() {
    assertEquals(
        List.of(
            "Convolution stem",
            "Norm relu1",
            "Convolution grown1",
            "Concatenation cat1",
            "Norm relu2",
            "Convolution grown2",
            "Concatenation cat2"),
        steps(
            builder -> {
              builder.addLayer("stem", convolution(32, 3, 2), "image");
              String maps = "stem";
              for (int i = 1; i <= 2; i++) {
                builder.addLayer("norm" + i, norm(), maps);
                relu(builder, "relu" + i, "norm" + i);
                builder.addLayer("grown" + i, convolution(16, 3, 1), "relu" + i);
                builder.addVertex("cat" + i, new MergeVertex(), maps, "grown" + i);
                maps = "cat" + i;
              }
              return maps;
            }));
  }

  @Test
  void channelsThatFillNoBlockAreJoinedByCopying() {
    steps(
        builder -> {
          builder.addLayer("five", convolution(5, 1, 1), "image");
          builder.addLayer("two", convolution(2, 3, 1), "image");
          builder.addVertex("all", new MergeVertex(), "five", "image", "two");
          builder.addLayer("last", convolution(7, 3, 1), "all");
          return "last";
        });
  }

  @Test
  void depthwiseConvolutionsAndReluUpToSix() {
    assertEquals(
        List.of("Convolution wide6", "Convolution deep6", "Convolution add"),
        steps(
            builder -> {
              builder.addLayer("wide", convolution(24, 1, 1), "image");
              builder.addLayer("wide6", new ActivationLayer(Activation.RELU6), "wide");
              builder.addLayer(
                  "deep",
                  new DepthwiseConvolution2D.Builder(3, 3)
                      .padding(1, 1)
                      .hasBias(false)
                      .convolutionMode(ConvolutionMode.Truncate)
                      .activation(Activation.IDENTITY)
                      .build(),
                  "wide6");
              builder.addLayer("norm", norm(), "deep");
              builder.addLayer("deep6", new ActivationLayer(Activation.RELU6), "norm");
              builder.addLayer("out", convolution(24, 1, 1), "deep6");
              add(builder, "add", "out", "wide6");
              return "add";
            }));
  }

  /** The shortcut without parameters of He et al. (2016), section 4.2. */
  @Test
  void channelsCanBePickedAndScaled() {
    steps(
        builder -> {
          builder.addLayer("conv", convolution(4, 3, 1), "image");
          builder.addLayer("halved", pool(SubsamplingLayer.PoolingType.AVG, 1, 2), "conv");
          builder.addVertex("one", new SubsetVertex(1, 1), "halved");
          builder.addVertex("half", new ScaleVertex(0.5), "one");
          builder.addVertex("all", new MergeVertex(), "half", "halved", "half");
          return "all";
        });
  }

  private static SubsamplingLayer pool(SubsamplingLayer.PoolingType type, int side, int stride) {
    return new SubsamplingLayer.Builder(type)
        .kernelSize(side, side)
        .stride(stride, stride)
        .convolutionMode(ConvolutionMode.Truncate)
        .build();
  }

  @Test
  void poolingOfBothKindsAndAllPaddings() {
    steps(
        builder -> {
          builder.addLayer("conv", convolution(16, 3, 1), "image");
          builder.addLayer("average", pool(SubsamplingLayer.PoolingType.AVG, 2, 2), "conv");
          SubsamplingLayer same = pool(SubsamplingLayer.PoolingType.MAX, 3, 2);
          same.setConvolutionMode(ConvolutionMode.Same);
          builder.addLayer("same", same, "average");
          SubsamplingLayer padded = pool(SubsamplingLayer.PoolingType.MAX, 3, 2);
          padded.setPadding(new int[] {1, 1});
          builder.addLayer("padded", padded, "average");
          builder.addVertex("both", new MergeVertex(), "same", "padded");
          return "both";
        });
  }

  /** As between two blocks of DenseNet; where something else sees the convolution, it stays. */
  @Test
  void anAverageIsTakenBeforeAConvolutionOfSinglePixels() {
    assertEquals(
        List.of("Pool narrow", "Convolution norm"),
        steps(
            builder -> {
              builder.addLayer("narrow", convolution(16, 1, 1), "image");
              builder.addLayer("halved", pool(SubsamplingLayer.PoolingType.AVG, 2, 2), "narrow");
              builder.addLayer("norm", norm(), "halved");
              return "norm";
            }));
    assertEquals(
        List.of("Convolution narrow", "Pool halved", "Pool largest", "Concatenation both"),
        steps(
            builder -> {
              builder.addLayer("narrow", convolution(16, 1, 1), "image");
              builder.addLayer("halved", pool(SubsamplingLayer.PoolingType.AVG, 2, 2), "narrow");
              builder.addLayer("largest", pool(SubsamplingLayer.PoolingType.MAX, 2, 2), "narrow");
              builder.addVertex("both", new MergeVertex(), "halved", "largest");
              return "both";
            }));
  }

  @Test
  void oblongKernelsAndLayersWithAnActivationOfTheirOwn() {
    assertEquals(
        List.of("Convolution flat", "Activate image6", "Add sum"),
        steps(
            builder -> {
              builder.addLayer(
                  "flat",
                  new ConvolutionLayer.Builder(1, 3)
                      .padding(0, 1)
                      .nOut(3)
                      .activation(Activation.RELU)
                      .build(),
                  "image");
              builder.addLayer("image6", new ActivationLayer(Activation.RELU6), "image");
              add(builder, "sum", "flat", "image6");
              return "sum";
            }));
  }

  @Test
  void statisticsStoredAsLogarithmsAndLockedFactors() {
    steps(
        builder -> {
          builder.addLayer("conv", convolution(16, 1, 1), "image");
          builder.addLayer("logs", new BatchNormalization.Builder().build(), "conv");
          relu(builder, "relu", "logs");
          builder.addLayer(
              "locked",
              new BatchNormalization.Builder()
                  .useLogStd(false)
                  .lockGammaBeta(true)
                  .gamma(0.7)
                  .beta(0.3)
                  .build(),
              "relu");
          return "locked";
        });
  }

  @Test
  void groupsAndDilation() {
    steps(
        builder -> {
          builder.addLayer("first", convolution(32, 3, 1), "image");
          builder.addLayer("groups", new GroupedConvolution(64, 4, 3, 2, 1), "first");
          builder.addLayer(
              "apart",
              new ConvolutionLayer.Builder(3, 3)
                  .dilation(2, 2)
                  .padding(2, 2)
                  .convolutionMode(ConvolutionMode.Truncate)
                  .nOut(32)
                  .build(),
              "groups");
          return "apart";
        });
  }

  @Test
  void activationsAreJoinedToWhatTheyFollow() {
    assertEquals(
        List.of("Convolution swish", "Convolution gelu", "Convolution hard", "Convolution sigmoid"),
        steps(
            builder -> {
              builder.addLayer("a", convolution(32, 3, 1), "image");
              builder.addLayer("swish", new ActivationLayer(Activation.SWISH), "a");
              builder.addLayer("b", convolution(32, 1, 1), "swish");
              builder.addLayer("gelu", new Pointwise(Pointwise.Kind.GELU), "b");
              builder.addLayer("c", convolution(32, 1, 1), "gelu");
              builder.addLayer("hard", new Pointwise(Pointwise.Kind.HARD_SWISH), "c");
              builder.addLayer("d", convolution(32, 1, 1), "hard");
              builder.addLayer("sigmoid", new ActivationLayer(Activation.SIGMOID), "d");
              return "sigmoid";
            }));
  }

  /** Of the last block, only keys and values are made of all tokens. */
  @Test
  void whatIsOnlyNeededOfTheFirstTokenIsOnlyMadeOfIt() {
    assertEquals(
        List.of(
            "Convolution patches",
            "Tokens tokens",
            "Crop tokens.first",
            "LayerNorm norm",
            "Convolution qkv",
            "Scores attention.scores.first",
            "Softmax attention.weights.first",
            "Mix attention.first",
            "Convolution class"),
        steps(
            builder -> {
              builder.addLayer("patches", convolution(32, 3, 3), "image");
              builder.addLayer("tokens", new ClassToken(), "patches");
              builder.addLayer("norm", new ChannelNorm(1e-6), "tokens");
              builder.addLayer("qkv", convolution(96, 1, 1), "norm");
              builder.addLayer("attention", new TokenAttention(4), "qkv");
              builder.addLayer("proj", convolution(32, 1, 1), "attention");
              builder.addLayer("scale", new ChannelScale(), "proj");
              add(builder, "add", "scale", "tokens");
              builder.addLayer("class", new FirstToken(), "add");
              return "class";
            }));
  }

  @Test
  void tokensThatAreAllNeededAreAllMade() {
    steps(
        builder -> {
          builder.addLayer("patches", convolution(32, 3, 3), "image");
          builder.addLayer("tokens", new ClassToken(), "patches");
          builder.addLayer("norm", new ChannelNorm(1e-6), "tokens");
          builder.addLayer("qkv", convolution(96, 1, 1), "norm");
          builder.addLayer("attention", new TokenAttention(4), "qkv");
          add(builder, "add", "attention", "tokens");
          return "add";
        });
  }

  @Test
  void channelsAreGated() {
    steps(
        builder -> {
          builder.addLayer("maps", convolution(24, 3, 1), "image");
          builder.addLayer(
              "mean",
              new GlobalPoolingLayer.Builder(PoolingType.AVG).collapseDimensions(false).build(),
              "maps");
          builder.addLayer("wide", convolution(24, 1, 1), "mean");
          builder.addLayer("sigmoid", new ActivationLayer(Activation.SIGMOID), "wide");
          builder.addVertex("gate", new Gate(), "maps", "sigmoid");
          return "gate";
        });
  }
}
