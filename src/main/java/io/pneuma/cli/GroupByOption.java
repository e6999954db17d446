package io.pneuma.cli;

import io.pneuma.config.ConfigException;
import io.pneuma.config.GroupBy;
import io.pneuma.config.Recipe;
import io.pneuma.images.PatientRule;
import picocli.CommandLine.Option;

/** How the names of a folder's files tell patients, where no recipe says. */
final class GroupByOption {
  @Option(
      names = "--group-by",
      defaultValue = Recipe.PATIENT,
      description = "As data.validation.groupBy of a recipe; default ${DEFAULT-VALUE}.")
  private String groupBy;

  /**
   * The rule.
   *
   * @throws ConfigException when there is no such rule, saying why
   */
  PatientRule rule() {
    GroupBy.problem(groupBy)
        .ifPresent(
            problem -> {
              throw new ConfigException("--group-by = \"" + groupBy + "\" " + problem);
            });
    return PatientRule.of(groupBy);
  }
}
