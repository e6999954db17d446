package io.pneuma.search;

import io.pneuma.config.Search.Choices;
import io.pneuma.config.Search.Integers;
import io.pneuma.config.Search.Range;
import io.pneuma.config.Search.Reals;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.arbiter.BaseNetworkSpace;
import org.deeplearning4j.arbiter.optimize.api.ParameterSpace;
import org.deeplearning4j.arbiter.optimize.distribution.LogUniformDistribution;
import org.deeplearning4j.arbiter.optimize.parameter.continuous.ContinuousParameterSpace;
import org.deeplearning4j.arbiter.optimize.parameter.discrete.DiscreteParameterSpace;
import org.deeplearning4j.arbiter.optimize.parameter.integer.IntegerParameterSpace;

/**
 * A recipe's search space as Arbiter's: points of the unit cube become values for the recipe's
 * keys. A network space, although it builds none, since Arbiter's page shows no other. Written as
 * JSON for that page, hence the fields and the empty constructor.
 */
final class SearchSpace extends BaseNetworkSpace<Map<String, Object>> {
  /** Digits enough to tell candidates apart, and few enough to be read and typed. */
  private static final MathContext DIGITS = new MathContext(6);

  /** What varies. A key of a single value is no parameter: Arbiter's grid would lose its count. */
  @SuppressWarnings("rawtypes") // as Arbiter gives them back
  private Map<String, ParameterSpace> spaces = new LinkedHashMap<>();

  private Map<String, Object> constants = new LinkedHashMap<>();

  SearchSpace() {}

  SearchSpace(List<Range> ranges) {
    for (Range range : ranges) {
      if (range instanceof Choices choices && choices.values().size() == 1) {
        constants.put(range.key(), choices.values().get(0));
      } else {
        spaces.put(range.key(), space(range));
      }
    }
  }

  private static ParameterSpace<?> space(Range range) {
    if (range instanceof Integers integers) {
      return new IntegerParameterSpace(integers.least(), integers.most());
    }
    if (range instanceof Reals reals) {
      return reals.logarithmic()
          ? new ContinuousParameterSpace(new LogUniformDistribution(reals.least(), reals.most()))
          : new ContinuousParameterSpace(reals.least(), reals.most());
    }
    // Booleans too: Arbiter's own space for them counts as a range of real numbers in a grid.
    return new DiscreteParameterSpace<Object>(((Choices) range).values());
  }

  @Override
  public Map<String, Object> getValue(double[] point) {
    Map<String, Object> values = new LinkedHashMap<>(constants);
    spaces.forEach((key, space) -> values.put(key, plain(space.getValue(point))));
    return values;
  }

  private static Object plain(Object value) {
    if (value instanceof Integer integer) {
      return integer.longValue(); // as recipes have them
    }
    return value instanceof Double real ? (Double) rounded(real) : value;
  }

  static double rounded(double real) {
    return new BigDecimal(real).round(DIGITS).doubleValue();
  }

  @Override
  public int numParameters() {
    return spaces.size();
  }

  @Override
  @SuppressWarnings("rawtypes") // Arbiter's signature
  public Map<String, ParameterSpace> getNestedSpaces() {
    return spaces;
  }

  @Override
  public void setIndices(int... indices) {
    throw new UnsupportedOperationException("only what it holds has indices");
  }
}
