package io.pneuma.evaluation;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import io.pneuma.config.Recipe.Evaluation;
import java.util.List;
import java.util.OptionalInt;

/**
 * How a trained model decides, chosen on its validation split and stored with it: {@code
 * decision.json} in the run directory and in the model's file.
 *
 * @param positiveClass the class set against the rest; null where all count alike
 * @param threshold least probability of a positive answer; 0.5 and without effect with more than
 *     two classes
 * @param rule the recipe's words for how the threshold was chosen
 * @param temperature that the model's logits are divided by, which its output layer does already
 * @param conformal the prediction sets; null without them
 */
@JsonInclude(Include.ALWAYS)
public record OperatingPoint(
    String positiveClass, double threshold, String rule, double temperature, Conformal conformal) {

  /** Chooses on a validation split, whose probabilities are those at the temperature. */
  public static OperatingPoint choose(
      Answers validation, OptionalInt positive, Evaluation recipe, double temperature) {
    boolean hasThreshold = positive.isPresent() && validation.classes().size() == 2;
    return new OperatingPoint(
        positive.isPresent() ? validation.classes().get(positive.getAsInt()) : null,
        hasThreshold
            ? Threshold.choose(validation, positive.getAsInt(), recipe.threshold())
            : Decision.HALF,
        hasThreshold ? recipe.threshold().toString() : "greatest probability",
        temperature,
        recipe.conformalCoverage().isPresent()
            ? Conformal.fit(validation, recipe.conformalCoverage().getAsDouble())
            : null);
  }

  /** The same without prediction sets. */
  public OperatingPoint withoutSets() {
    return new OperatingPoint(positiveClass, threshold, rule, temperature, null);
  }

  /** The same for a model with these classes. */
  public Decision decision(List<String> classes) {
    return new Decision(Measurement.positive(classes, positiveClass), threshold);
  }
}
