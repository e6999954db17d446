package io.pneuma.computation;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

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

  /** Up to its last feature maps, where it ends by flattening them. */
  public Network beforeFlattening() {
    return steps.get(steps.size() - 1) instanceof Step.Flatten flatten
            && flatten.output().equals(output)
        ? new Network(input, image, steps.subList(0, steps.size() - 1), flatten.input())
        : this;
  }
}
