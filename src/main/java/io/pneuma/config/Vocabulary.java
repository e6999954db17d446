package io.pneuma.config;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The names that the registries of the other rooms know, so that a recipe can be checked whole.
 *
 * @param stages for each backbone its stages in order, the last being its natural end
 * @param weights for each backbone the names of the weights that are known for it
 * @param attentions kinds of attention
 */
public record Vocabulary(
    Map<String, List<String>> stages, Map<String, Set<String>> weights, Set<String> attentions) {
  Set<String> weightsOf(String backbone) {
    return weights.getOrDefault(backbone, Set.of());
  }
}
