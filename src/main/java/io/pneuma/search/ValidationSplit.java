package io.pneuma.search;

import java.util.Properties;
import org.deeplearning4j.arbiter.optimize.api.data.DataSource;

/** Names to Arbiter and its page where scores come from; the trials read their data themselves. */
final class ValidationSplit implements DataSource {
  private static final long serialVersionUID = 1;

  /** Arbiter wants it public. */
  public ValidationSplit() {}

  @Override
  public void configure(Properties properties) {}

  @Override
  public Object trainData() {
    throw new UnsupportedOperationException("a trial reads its own data");
  }

  @Override
  public Object testData() {
    throw new UnsupportedOperationException("a search never sees the test split");
  }

  @Override
  public Class<?> getDataType() {
    return Object.class;
  }
}
