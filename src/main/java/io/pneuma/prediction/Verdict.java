package io.pneuma.prediction;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a run decides about an image.
 *
 * @param label the answer
 * @param probabilities of each class, the likeliest first
 * @param threshold least probability of a positive answer; null with more than two classes
 * @param set the classes that are not ruled out; null where the run has no prediction sets
 * @param unfamiliar whether the image is unlike the training images
 */
@JsonInclude(Include.NON_NULL)
public record Verdict(
    String label,
    Map<String, Double> probabilities,
    Double threshold,
    List<String> set,
    boolean unfamiliar) {
  /** Takes copies, the map's in its order. */
  public Verdict {
    probabilities = Collections.unmodifiableMap(new LinkedHashMap<>(probabilities));
    set = set == null ? null : List.copyOf(set);
  }

  /** Whether none or several classes are left. */
  @JsonIgnore
  public boolean isUndecided() {
    return set != null && set.size() != 1;
  }
}
