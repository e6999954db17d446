package io.pneuma.computation;

import io.pneuma.computation.Step.Activate;
import io.pneuma.computation.Step.Add;
import io.pneuma.computation.Step.Convolution;
import io.pneuma.computation.Step.Norm;
import io.pneuma.computation.Step.Pool;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Joins steps that one primitive can compute together: a normalisation into the convolution before
 * it, an activation into the step before it, a sum into one of the convolutions that it adds. And
 * averages before a convolution of single pixels rather than after it, and single tokens before
 * what works on each token alone, which leaves less work.
 */
public final class Fusion {
  private final Network network;
  private final Map<String, Step> steps = new LinkedHashMap<>(); // By output, in order.
  private final Map<String, Integer> uses = new HashMap<>();

  private Fusion(Network network) {
    this.network = network;
    uses.put(network.output(), 1);
    for (Step step : network.steps()) {
      steps.put(step.output(), step);
      step.inputs().forEach(input -> uses.merge(input, 1, Integer::sum));
    }
  }

  /** The same network in fewer steps. */
  public static Network fuse(Network network) {
    Fusion fusion = new Fusion(Cropping.firstTokens(network));
    fusion.network.steps().forEach(fusion::poolFirst);
    fusion.network.steps().forEach(fusion::foldNorm);
    List.copyOf(fusion.steps.values()).forEach(fusion::fuseActivation);
    List.copyOf(fusion.steps.values()).forEach(fusion::fuseSum);
    return new Network(
        network.input(), network.image(), new ArrayList<>(fusion.steps.values()), network.output());
  }

  /** The mean of what a convolution gives for each pixel is what it gives for the mean pixel. */
  private void poolFirst(Step step) {
    if (!(step instanceof Pool pool) || pool.max()) {
      return;
    }
    plainConvolution(pool.input())
        .filter(conv -> conv.window().isPixel())
        .ifPresent(
            conv -> {
              int channels = shape(conv.input()).channels();
              Shape pooled = new Shape(channels, pool.shape().height(), pool.shape().width());
              String name = conv.output();
              steps.replace(name, new Pool(name, conv.input(), pooled, pool.window(), false));
              steps.replace(
                  pool.output(),
                  new Convolution(
                      pool.output(),
                      name,
                      conv.addend(),
                      pool.shape(),
                      conv.window(),
                      conv.groups(),
                      conv.weights(),
                      conv.bias(),
                      conv.activation()));
            });
  }

  /** As it is by now: an earlier average may stand where the convolution was. */
  private Shape shape(String name) {
    return steps.containsKey(name) ? steps.get(name).shape() : network.image();
  }

  private void foldNorm(Step step) {
    if (!(step instanceof Norm norm) || plainConvolution(norm.input()).isEmpty()) {
      return;
    }
    Convolution conv = plainConvolution(norm.input()).get();
    float[] bias = conv.bias().clone();
    for (int channel = 0; channel < bias.length; channel++) {
      bias[channel] = bias[channel] * norm.scale()[channel] + norm.shift()[channel];
    }
    replace(
        conv,
        new Convolution(
            norm.output(),
            conv.input(),
            conv.addend(),
            conv.shape(),
            conv.window(),
            conv.groups(),
            () -> scaled(conv.weights().get(), norm.scale()),
            bias,
            conv.activation()));
  }

  private static float[] scaled(float[] weights, float[] scale) {
    int each = weights.length / scale.length;
    for (int i = 0; i < weights.length; i++) {
      weights[i] *= scale[i / each];
    }
    return weights;
  }

  private void fuseActivation(Step step) {
    if (!(step instanceof Activate activate) || uses.get(activate.input()) != 1) {
      return;
    }
    Step before = steps.get(activate.input());
    String output = activate.output();
    Activation activation = activate.activation();
    if (before instanceof Convolution conv && conv.activation() == Activation.IDENTITY) {
      replace(conv, finished(conv, output, conv.addend(), activation));
    } else if (before instanceof Norm norm
        && norm.activation() == Activation.IDENTITY
        && activation == Activation.RELU) {
      replace(
          norm,
          new Norm(output, norm.input(), norm.shape(), norm.scale(), norm.shift(), activation));
    } else if (before instanceof Add add && add.activation() == Activation.IDENTITY) {
      replace(add, new Add(output, add.left(), add.right(), add.shape(), activation));
    }
  }

  private void fuseSum(Step step) {
    if (!(step instanceof Add add) || add.left().equals(add.right())) {
      return;
    }
    // The later of two convolutions, so that the other side is made by then.
    Optional<Convolution> left = plainConvolution(add.left());
    Optional<Convolution> right = plainConvolution(add.right());
    boolean takeLeft =
        left.isPresent() && (right.isEmpty() || position(add.left()) > position(add.right()));
    Optional<Convolution> chosen = takeLeft ? left : right;
    chosen.ifPresent(
        conv ->
            replace(
                conv,
                finished(
                    conv, add.output(), takeLeft ? add.right() : add.left(), add.activation())));
  }

  private static Convolution finished(
      Convolution conv, String output, String addend, Activation activation) {
    return new Convolution(
        output,
        conv.input(),
        addend,
        conv.shape(),
        conv.window(),
        conv.groups(),
        conv.weights(),
        conv.bias(),
        activation);
  }

  private int position(String name) {
    return new ArrayList<>(steps.keySet()).indexOf(name);
  }

  /** The convolution that makes something, if nothing else uses it before its activation. */
  private Optional<Convolution> plainConvolution(String name) {
    return steps.get(name) instanceof Convolution conv && conv.isPlain() && uses.get(name) == 1
        ? Optional.of(conv)
        : Optional.empty();
  }

  /** Puts the joined step where the second of the two was. */
  private void replace(Step first, Step joined) {
    steps.remove(first.output());
    steps.put(joined.output(), joined);
  }
}
