package io.pneuma.search;

import io.pneuma.config.ConfigException;
import io.pneuma.config.Search;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.apache.commons.math3.random.JDKRandomGenerator;
import org.apache.commons.math3.random.RandomGenerator;
import org.deeplearning4j.arbiter.optimize.api.CandidateGenerator;
import org.deeplearning4j.arbiter.optimize.generator.GeneticSearchCandidateGenerator;
import org.deeplearning4j.arbiter.optimize.generator.GridSearchCandidateGenerator;
import org.deeplearning4j.arbiter.optimize.generator.RandomSearchGenerator;
import org.deeplearning4j.arbiter.optimize.generator.genetic.crossover.SinglePointCrossover;
import org.deeplearning4j.arbiter.optimize.generator.genetic.crossover.parentselection.RandomTwoParentSelection;
import org.deeplearning4j.arbiter.optimize.generator.genetic.mutation.RandomMutationOperator;
import org.deeplearning4j.arbiter.optimize.generator.genetic.population.PopulationModel;
import org.deeplearning4j.arbiter.optimize.generator.genetic.selection.GeneticSelectionOperator;

/** Arbiter's generators, each of which proposes the same for the same seed and results. */
final class Generators {
  /** Of which two thirds are random before the first are bred. */
  private static final int POPULATION = 15;

  /** Arbiter's 0.005 is for hundreds of genes; a recipe has a handful. */
  private static final double MUTATION = 0.2;

  private static final int MOST_GRID_POINTS = 1_000_000;

  private Generators() {}

  /** Java's random numbers of neighbouring seeds begin alike, so the seed is mixed first. */
  static CandidateGenerator of(Search search, long recipeSeed) {
    long seed = new SplittableRandom(recipeSeed).nextLong();
    SearchSpace space = new SearchSpace(search.space());
    CandidateGenerator generator =
        switch (search.generator()) {
          case RANDOM -> new RandomSearchGenerator(space);
          case GRID -> grid(search);
          case GENETIC -> genetic(search, space, seed);
        };
    generator.setRngSeed(seed);
    return generator;
  }

  private static GridSearchCandidateGenerator grid(Search search) {
    // Its random order would be another one each time.
    return new GridSearchCandidateGenerator(
        new SearchSpace(search.space()),
        search.gridPoints(),
        GridSearchCandidateGenerator.Mode.Sequential,
        null);
  }

  /** Every part of Arbiter's genetic search draws from a generator of its own, seeded by nobody. */
  private static CandidateGenerator genetic(Search search, SearchSpace space, long seed) {
    RandomGenerator random = new JDKRandomGenerator();
    random.setSeed(seed);
    return new GeneticSearchCandidateGenerator.Builder(space, new ValidationScore(search))
        .populationModel(new PopulationModel.Builder().populationSize(POPULATION).build())
        .selectionOperator(
            new GeneticSelectionOperator.Builder()
                .randomGenerator(random)
                .mutationOperator(
                    new RandomMutationOperator.Builder()
                        .randomGenerator(random)
                        .mutationRate(MUTATION)
                        .build())
                .crossoverOperator(
                    new SinglePointCrossover.Builder()
                        .randomGenerator(random)
                        .parentSelection(new RandomTwoParentSelection(random))
                        .build())
                .build())
        .build();
  }

  /**
   * The number of different candidates of a grid.
   *
   * @param applicable leaves out of a candidate what has no effect
   * @throws ConfigException when the grid is too large for the budget
   */
  static int checkGrid(Search search, UnaryOperator<Map<String, Object>> applicable) {
    long points = 1;
    for (Object space : new SearchSpace(search.space()).collectLeaves()) {
      points = Math.min(Integer.MAX_VALUE, points * points(space, search.gridPoints()));
    }
    if (points > MOST_GRID_POINTS) {
      throw tooLarge("more than " + MOST_GRID_POINTS, search);
    }
    GridSearchCandidateGenerator grid = grid(search);
    Set<Object> candidates = new HashSet<>();
    while (grid.hasMoreCandidates()) {
      candidates.add(applicable.apply(Proposals.values(grid.getCandidate())));
    }
    if (candidates.size() > search.budget().candidates().orElse(Integer.MAX_VALUE)) {
      throw tooLarge("" + candidates.size(), search);
    }
    return candidates.size();
  }

  private static long points(Object space, int gridPoints) {
    if (space
        instanceof
        org.deeplearning4j.arbiter.optimize.parameter.discrete.DiscreteParameterSpace<?> choices) {
      return choices.numValues();
    }
    return gridPoints;
  }

  private static ConfigException tooLarge(String candidates, Search search) {
    return new ConfigException(
        "the grid of search.space has "
            + candidates
            + " candidates, but search.budget.candidates = "
            + search.budget().candidates().stream()
                .mapToObj(String::valueOf)
                .findAny()
                .orElse("none")
            + "; raise the budget, lower search.gridPoints = "
            + search.gridPoints()
            + ", or take generator: random");
  }
}
