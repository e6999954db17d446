package io.pneuma.downloads;

/**
 * Published weights of one backbone.
 *
 * @param backbone the backbone's name in a recipe
 * @param weights what a recipe's {@code weights} key calls them
 * @param file where they are, and what is known of the file
 * @param size its size for people to read
 * @param licence the SPDX name
 * @param keyStyle how the tensors are named: torchvision, timm, torchxrayvision, gluon, akamaster
 *     or deeplearning4j
 * @param recipe how the network wants its input, as in {@code imagenet} or {@code xray 1024}
 */
public record Source(
    String backbone,
    String weights,
    RemoteFile file,
    String size,
    String licence,
    String keyStyle,
    String recipe) {

  /** The name to fetch them by. */
  public String name() {
    return name(backbone, weights);
  }

  static String name(String backbone, String weights) {
    return backbone + "-" + weights;
  }
}
