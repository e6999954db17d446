package io.pneuma.backbone;

import io.pneuma.weights.WeightsException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.deeplearning4j.nn.graph.ComputationGraph;

/** Weights from elsewhere that a backbone can take. */
public interface Pretrained {

  /**
   * The weights in a file of any format known.
   *
   * @param allowNonFinite take NaN and infinite values as they are, instead of refusing them
   * @throws WeightsException when the file cannot be read or breaks its format's rules
   */
  static Pretrained open(Path file, boolean allowNonFinite) throws WeightsException {
    Optional<GraphWeights> graph = GraphWeights.in(file, allowNonFinite);
    return graph.isPresent() ? graph.get() : TensorWeights.open(file, allowNonFinite);
  }

  /**
   * The backbone as these weights expect it, for their preprocessing is part of its graph.
   *
   * @param backbone an instance of one's own, which may be changed
   * @throws WeightsException when the file cannot be read
   */
  Backbone fit(Backbone backbone) throws WeightsException;

  /**
   * Sets every parameter of the backbone behind {@code prefix}, each once.
   *
   * @throws WeightsException when a key is missing, is not known, or has another shape, with a list
   *     of them; nothing has been set then
   */
  Taken into(ComputationGraph graph, String prefix, Backbone backbone) throws WeightsException;

  /**
   * What was taken.
   *
   * @param format of the file and the style of its keys, in words
   * @param unused keys left over, such as those of the classifier
   */
  record Taken(String format, List<String> unused) {
    private static final int SHOWN = 6;

    /** What was taken, in a sentence that names what was not. */
    @Override
    public String toString() {
      List<String> words = new ArrayList<>(unused);
      words.removeIf(key -> key.endsWith("." + KeyStyle.COUNTER));
      int counters = unused.size() - words.size();
      int more = words.size() - SHOWN;
      if (more > 0) {
        words.subList(SHOWN, words.size()).clear();
        words.add(more + " more");
      }
      if (counters > 0) {
        words.add(counters + " batch counters");
      }
      return format
          + "; "
          + (words.isEmpty() ? "every key is used" : "not used: " + String.join(", ", words));
    }
  }
}
