package io.pneuma.computation;

import io.pneuma.computation.Step.Activate;
import io.pneuma.computation.Step.Add;
import io.pneuma.computation.Step.Convolution;
import io.pneuma.computation.Step.Crop;
import io.pneuma.computation.Step.LayerNorm;
import io.pneuma.computation.Step.Mix;
import io.pneuma.computation.Step.Norm;
import io.pneuma.computation.Step.Scores;
import io.pneuma.computation.Step.Softmax;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Leaves out what is computed of other tokens than the first where only that one is looked at: in a
 * transformer's last block all but its keys and values.
 */
final class Cropping {
  private static final String FIRST = ".first";

  private final Network network;
  private final Set<String> whole = new HashSet<>(); // Needed as a whole.
  private final Set<String> first = new HashSet<>(); // Of which the first token is needed.

  private Cropping(Network network) {
    this.network = network;
  }

  /** The same network with less work; the same one where it crops nothing. */
  static Network firstTokens(Network network) {
    return network.steps().stream().anyMatch(Crop.class::isInstance)
        ? new Cropping(network).rewritten()
        : network;
  }

  private Network rewritten() {
    List<Step> steps = network.steps();
    whole.add(network.output());
    for (int i = steps.size() - 1; i >= 0; i--) {
      demand(steps.get(i));
    }
    List<Step> rewritten = new ArrayList<>();
    if (first.contains(network.input())) {
      throw new IllegalStateException("images have no tokens");
    }
    for (Step step : steps) {
      String name = step.output();
      if (whole.contains(name)) {
        rewritten.add(step instanceof Crop crop ? renamed(crop) : step);
        if (first.contains(name)) {
          rewritten.add(new Crop(name + FIRST, name, token(step.shape())));
        }
      } else if (first.contains(name)) {
        rewritten.add(ofFirst(step));
      }
    }
    return new Network(network.input(), network.image(), rewritten, network.output());
  }

  /** A crop becomes a copy of what is cropped before. */
  private static Step renamed(Crop crop) {
    return new Activate(crop.output(), crop.input() + FIRST, crop.shape(), Activation.IDENTITY);
  }

  private static Shape token(Shape shape) {
    return new Shape(shape.channels(), 1, 1);
  }

  private void demand(Step step) {
    if (whole.contains(step.output())) {
      if (step instanceof Crop) {
        first.addAll(step.inputs());
      } else {
        whole.addAll(step.inputs());
      }
    } else if (first.contains(step.output())) {
      if (step instanceof Mix mix) {
        first.add(mix.weights());
        whole.add(mix.input());
      } else if (isPointwise(step)) {
        first.addAll(step.inputs());
      } else if (step instanceof Scores) {
        whole.addAll(step.inputs());
      } else {
        whole.add(step.output());
        whole.addAll(step.inputs());
      }
    }
  }

  private static boolean isPointwise(Step step) {
    return step instanceof Add
        || step instanceof Activate
        || step instanceof Norm
        || step instanceof LayerNorm
        || step instanceof Softmax
        || (step instanceof Convolution conv && conv.window().isPixel());
  }

  private static Step ofFirst(Step step) {
    String name = step.output() + FIRST;
    Shape token = token(step.shape());
    if (step instanceof Add add) {
      return new Add(name, add.left() + FIRST, add.right() + FIRST, token, add.activation());
    } else if (step instanceof Activate activate) {
      return new Activate(name, activate.input() + FIRST, token, activate.activation());
    } else if (step instanceof Norm norm) {
      return new Norm(
          name, norm.input() + FIRST, token, norm.scale(), norm.shift(), norm.activation());
    } else if (step instanceof LayerNorm norm) {
      return new LayerNorm(
          name, norm.input() + FIRST, token, norm.gain(), norm.bias(), norm.epsilon());
    } else if (step instanceof Softmax softmax) {
      return new Softmax(name, softmax.input() + FIRST, query(step.shape()));
    } else if (step instanceof Scores scores) {
      return new Scores(name, scores.input(), query(step.shape()));
    } else if (step instanceof Mix mix) {
      return new Mix(name, mix.weights() + FIRST, mix.input(), token);
    } else if (step instanceof Convolution conv) {
      return new Convolution(
          name,
          conv.input() + FIRST,
          conv.addend(),
          token,
          conv.window(),
          conv.groups(),
          conv.weights(),
          conv.bias(),
          conv.activation());
    }
    throw new IllegalStateException(step.toString());
  }

  private static Shape query(Shape shape) {
    return new Shape(shape.channels(), 1, shape.width());
  }
}
