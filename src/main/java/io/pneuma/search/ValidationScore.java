package io.pneuma.search;

import io.pneuma.config.Search;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.deeplearning4j.arbiter.optimize.api.data.DataProvider;
import org.deeplearning4j.arbiter.optimize.api.data.DataSource;
import org.deeplearning4j.arbiter.optimize.api.score.ScoreFunction;

/**
 * What candidates are compared by: a metric of the validation split. Arbiter asks it whether more
 * is better, and its page shows it; the trials themselves score. Written as JSON for that page.
 */
final class ValidationScore implements ScoreFunction {
  private static final long serialVersionUID = 1;

  private String objective;
  private boolean minimise;

  ValidationScore() {}

  ValidationScore(Search search) {
    objective = search.objective();
    minimise = search.minimises();
  }

  @Override
  public boolean minimize() {
    return minimise;
  }

  @Override
  @SuppressWarnings("deprecation") // Arbiter's signature
  public double score(Object model, DataProvider provider, Map<String, Object> parameters) {
    throw new UnsupportedOperationException("a trial scores itself");
  }

  @Override
  public double score(Object model, Class<? extends DataSource> source, Properties properties) {
    throw new UnsupportedOperationException("a trial scores itself");
  }

  @Override
  public List<Class<?>> getSupportedModelTypes() {
    return List.of(Object.class);
  }

  @Override
  public List<Class<?>> getSupportedDataTypes() {
    return List.of(Object.class);
  }

  @Override
  public String toString() {
    return objective + " on validation, " + (minimise ? "less" : "more") + " is better";
  }
}
