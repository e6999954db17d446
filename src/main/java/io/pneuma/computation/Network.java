package io.pneuma.computation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A network as steps.
 *
 * @param input name of the images
 * @param image their shape
 * @param steps in an order in which each finds its inputs made
 * @param output name of what the network gives, the output of one of the steps
 */
public record Network(String input, Shape image, List<Step> steps, String output) {
  /** Takes a copy of the list. */
  public Network {
    steps = List.copyOf(steps);
  }

  /** The shape of each feature map, by its name. */
  public Map<String, Shape> shapes() {
    Map<String, Shape> shapes = new HashMap<>();
    shapes.put(input, image);
    steps.forEach(step -> shapes.put(step.output(), step.shape()));
    return shapes;
  }

  /** How its feature maps lie: pixel by pixel where channels are normalised or tokens attend. */
  public Layout layout() {
    return steps.stream()
            .anyMatch(step -> step instanceof Step.LayerNorm || step instanceof Step.Scores)
        ? Layout.ROWS
        : Layout.BLOCKED;
  }

  /**
   * Up to its last feature maps, channel by channel as the channels of a single pixel, where it
   * ends by their mean or by flattening them; empty where it does not.
   */
  public Optional<Network> flatMaps() {
    Step last = steps.get(steps.size() - 1);
    if (!last.output().equals(output)) {
      return Optional.empty();
    }
    if (last instanceof Step.Flatten) {
      return Optional.of(this);
    }
    if (last instanceof Step.Pool pool && !pool.max() && pool.shape().pixels() == 1) {
      Shape maps = shapes().get(pool.input());
      List<Step> flattened = new ArrayList<>(steps.subList(0, steps.size() - 1));
      Shape row = new Shape(maps.channels() * maps.pixels(), 1, 1);
      flattened.add(new Step.Flatten(output, pool.input(), row));
      return Optional.of(new Network(input, image, flattened, output));
    }
    return Optional.empty();
  }

  /** Up to its last feature maps, where it ends by flattening them. */
  public Network beforeFlattening() {
    return steps.get(steps.size() - 1) instanceof Step.Flatten flatten
            && flatten.output().equals(output)
        ? new Network(input, image, steps.subList(0, steps.size() - 1), flatten.input())
        : this;
  }
}
