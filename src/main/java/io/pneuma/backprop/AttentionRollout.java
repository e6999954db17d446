package io.pneuma.backprop;

import io.pneuma.computation.Activation;
import io.pneuma.computation.Network;
import io.pneuma.computation.Shape;
import io.pneuma.computation.Step;
import io.pneuma.computation.UnsupportedLayerException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * How much each patch of an image passes on to what a transformer gives, through its attentions:
 *
 * <pre>
 * R = I;   for each block   R = R + mean over heads of max(0, dL/dA A) R
 * </pre>
 *
 * <p>Chefer, Gur and Wolf, "Generic attention-model explainability for interpreting bi-modal and
 * encoder-decoder transformers" (ICCV 2021), equations 5 and 6. The transformer's steps are those
 * that the compiled network follows; ND4J's SameDiff computes them here, and their gradients. L is
 * the sum of the features times given numbers.
 */
final class AttentionRollout {
  private static final String IMAGE = "image";
  private static final String SLOPES = "slopes";
  private static final String LOSS = "loss";

  private final Network network;
  private final SameDiff graph = SameDiff.create();
  private final Map<String, SDVariable> made = new HashMap<>();
  private final Map<String, Shape> shapes;
  private final List<String> attentions = new ArrayList<>();
  private final List<String> moved = new ArrayList<>(); // What is added to each, 0.
  private final String features;
  private boolean fromFirst; // Whether the first token alone is read.

  /**
   * Of a transformer.
   *
   * @param network as it was read from its graph
   * @throws UnsupportedLayerException when a step is none of a transformer's
   */
  AttentionRollout(Network network) {
    this.network = network;
    this.shapes = network.shapes();
    Shape image = network.image();
    made.put(
        network.input(),
        graph.placeHolder(IMAGE, DataType.FLOAT, image.channels(), image.pixels()));
    for (Step step : network.steps()) {
      made.put(step.output(), add(step));
    }
    SDVariable output = made.get(network.output());
    this.features = output.name();
    Shape shape = shapes.get(network.output());
    SDVariable slopes = graph.placeHolder(SLOPES, DataType.FLOAT, shape.channels(), shape.pixels());
    graph.setLossVariables(output.mul(slopes).sum(LOSS).name());
  }

  /** Whether a network attends anywhere. */
  static boolean appliesTo(Network network) {
    return network.steps().stream().anyMatch(step -> step instanceof Step.Softmax);
  }

  /** Features of an image of C x H x W values, for comparison with what else computes them. */
  float[] features(float[] image) {
    return graph.outputSingle(inputs(image, null), features).dup('c').data().asFloat();
  }

  private Map<String, INDArray> inputs(float[] image, float[] slopes) {
    Shape shape = network.image();
    Map<String, INDArray> inputs = new HashMap<>();
    inputs.put(IMAGE, Nd4j.createFromArray(image).reshape('c', shape.channels(), shape.pixels()));
    if (slopes != null) {
      Shape output = shapes.get(network.output());
      inputs.put(
          SLOPES, Nd4j.createFromArray(slopes).reshape('c', output.channels(), output.pixels()));
    }
    return inputs;
  }

  /**
   * What each patch passes on, row by row.
   *
   * @param image C x H x W
   * @param slopes of the log odds with respect to the features
   */
  float[] relevance(float[] image, float[] slopes) {
    Map<String, INDArray> inputs = inputs(image, slopes);
    var found = graph.calculateGradientsAndOutputs(inputs, attentions, moved);
    INDArray passed = null;
    for (int i = 0; i < attentions.size(); i++) {
      INDArray weights = found.getOutputs().get(attentions.get(i)); // heads x tokens x tokens
      INDArray positive = weights.mul(found.getGradients().get(moved.get(i)));
      INDArray mean = Transforms.relu(positive, false).mean(0);
      INDArray identity = Nd4j.eye(mean.size(0)).castTo(DataType.FLOAT);
      passed = passed == null ? identity.add(mean) : passed.add(mean.mmul(passed));
    }
    int tokens = (int) passed.size(0);
    float[] relevance = new float[tokens - 1];
    for (int token = 1; token < tokens; token++) {
      for (int reader = fromFirst ? 0 : 1; reader < (fromFirst ? 1 : tokens); reader++) {
        relevance[token - 1] += passed.getFloat(reader, token);
      }
    }
    return relevance;
  }

  private SDVariable add(Step step) {
    if (step instanceof Step.Convolution convolution) {
      return convolve(convolution);
    } else if (step instanceof Step.LayerNorm norm) {
      return normalise(norm);
    } else if (step instanceof Step.Norm norm) {
      SDVariable out = made.get(norm.input()).mul(column(norm.scale())).add(column(norm.shift()));
      return activate(step, out, norm.activation());
    } else if (step instanceof Step.Activate activate) {
      return activate(step, made.get(activate.input()), activate.activation());
    } else if (step instanceof Step.Add sum) {
      SDVariable out = made.get(sum.left()).add(made.get(sum.right()));
      return activate(step, out, sum.activation());
    } else if (step instanceof Step.Tokens tokens) {
      SDVariable input = made.get(tokens.input());
      Shape shape = shapes.get(tokens.input());
      INDArray positions =
          Nd4j.createFromArray(tokens.positions())
              .reshape('c', shape.pixels(), shape.channels())
              .transpose();
      return graph.concat(1, column(tokens.token()), input.add(graph.constant(positions.dup())));
    } else if (step instanceof Step.Scores scores) {
      SDVariable[] two = heads(scores.input(), scores.shape().channels(), 2);
      double width = shapes.get(scores.input()).channels() / 3.0 / scores.shape().channels();
      return two[0].permute(0, 2, 1).mmul(two[1]).mul(1 / Math.sqrt(width));
    } else if (step instanceof Step.Softmax softmax) {
      return attend(softmax);
    } else if (step instanceof Step.Mix mix) {
      int heads = shapes.get(mix.weights()).channels();
      SDVariable values = heads(mix.input(), heads, 3)[2];
      return values
          .mmul(made.get(mix.weights()).permute(0, 2, 1))
          .reshape(mix.shape().channels(), mix.shape().pixels());
    } else if (step instanceof Step.Crop crop) {
      fromFirst = true;
      return columns(crop.input(), 0, 1);
    } else if (step instanceof Step.Grid grid) {
      return columns(grid.input(), 1, shapes.get(grid.input()).pixels() - 1);
    } else if (step instanceof Step.Pool pool && !pool.max() && pool.shape().pixels() == 1) {
      SDVariable input = made.get(pool.input());
      return shapes.get(pool.input()).pixels() == 1 ? input : input.mean(true, 1);
    } else if (step instanceof Step.Flatten flatten) {
      return made.get(flatten.input()).reshape(flatten.shape().channels(), 1);
    }
    throw new UnsupportedLayerException(
        step.output(), "no part of a transformer whose attention could be rolled out");
  }

  /** SameDiff has gradients of variables alone, so that one of zeros is added. */
  private SDVariable attend(Step.Softmax step) {
    Shape shape = step.shape();
    INDArray none = Nd4j.zeros(DataType.FLOAT, shape.channels(), shape.height(), shape.width());
    SDVariable added = graph.var("moved" + moved.size(), none);
    SDVariable weights = graph.nn.softmax(made.get(step.input()), -1).add(added);
    attentions.add(weights.name());
    moved.add(added.name());
    return weights;
  }

  /** Queries, keys and values of each head: heads x width x tokens. */
  private SDVariable[] heads(String input, int heads, int wanted) {
    Shape shape = shapes.get(input);
    int channels = shape.channels() / 3;
    SDVariable[] parts = new SDVariable[3];
    for (int i = 0; i < wanted; i++) {
      parts[i] =
          graph
              .slice(made.get(input), new int[] {i * channels, 0}, channels, shape.pixels())
              .reshape(heads, channels / heads, shape.pixels());
    }
    return parts;
  }

  private SDVariable columns(String input, int from, int count) {
    return graph.slice(made.get(input), new int[] {0, from}, shapes.get(input).channels(), count);
  }

  private SDVariable column(float[] values) {
    return graph.constant(Nd4j.createFromArray(values).reshape(values.length, 1));
  }

  private SDVariable normalise(Step.LayerNorm norm) {
    SDVariable input = made.get(norm.input());
    SDVariable centred = input.sub(input.mean(true, 0));
    SDVariable variance = graph.math.square(centred).mean(true, 0);
    SDVariable deviation = graph.math.sqrt(variance.add(norm.epsilon()));
    return centred.div(deviation).mul(column(norm.gain())).add(column(norm.bias()));
  }

  /** Of single pixels, or of patches that lie side by side. */
  private SDVariable convolve(Step.Convolution step) {
    SDVariable input = made.get(step.input());
    Shape shape = shapes.get(step.input());
    int side = (int) step.window().kernel()[0];
    boolean patches =
        step.window().kernel()[1] == side
            && step.window().strides()[0] == side
            && step.window().strides()[1] == side
            && step.shape().height() * side == shape.height()
            && step.shape().width() * side == shape.width();
    if (step.groups() != 1 || !patches) {
      throw new UnsupportedLayerException(step.output(), "no layer of a transformer");
    }
    SDVariable pieces =
        side == 1
            ? input
            : input
                .reshape(shape.channels(), step.shape().height(), side, step.shape().width(), side)
                .permute(0, 2, 4, 1, 3)
                .reshape(shape.channels() * side * side, step.shape().pixels());
    INDArray weights =
        Nd4j.createFromArray(step.weights().get())
            .reshape('c', step.shape().channels(), (long) shape.channels() * side * side);
    SDVariable out = graph.constant(weights).mmul(pieces).add(column(step.bias()));
    if (!step.addend().equals(Step.Convolution.NO_ADDEND)) {
      out = out.add(made.get(step.addend()));
    }
    return activate(step, out, step.activation());
  }

  private SDVariable activate(Step step, SDVariable input, Activation kind) {
    return switch (kind) {
      case IDENTITY -> input;
      case RELU -> graph.nn.relu(input, 0);
      case GELU -> input.mul(0.5).mul(graph.math.erf(input.mul(Math.sqrt(0.5))).add(1));
      default -> throw new UnsupportedLayerException(step.output(), kind);
    };
  }
}
