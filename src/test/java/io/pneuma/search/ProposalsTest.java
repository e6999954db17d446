package io.pneuma.search;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.config.ConfigException;
import io.pneuma.config.SearchRecipes;
import io.pneuma.run.RunException;
import io.pneuma.search.CandidateRecord.Status;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.deeplearning4j.arbiter.optimize.api.Candidate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProposalsTest {
  private static final String SPACE =
      """
      space:
        training.learningRate: {logUniform: [1e-5, 1e-1]}
        fusion.attention.type: [se, self, none]
        fusion.attention.reduction: [2, 4]
        fusion.attention.heads: {integer: [1, 2]}
      """;

  @TempDir Path folder;

  private SearchRecipes recipes(String generator) throws IOException {
    return MadeUp.recipes(
        folder, "generator: " + generator + "\nbudget: {candidates: 40}\n" + SPACE);
  }

  private static Proposals proposals(SearchRecipes recipes, long seed, int limit) {
    return new Proposals(
        Generators.of(recipes.search(), seed), recipes::applicable, limit, true, List.of());
  }

  private static CandidateRecord scored(SearchRecipes recipes, Candidate<?> candidate) {
    Map<String, Object> values = Proposals.values(candidate);
    double score = MadeUp.score(recipes.candidate(values).recipe(), MadeUp.EPOCHS);
    return new CandidateRecord(
        candidate.getIndex(),
        values,
        candidate.getIndex() % 5 == 4 ? Status.FAILED : Status.COMPLETE,
        score,
        0,
        Map.of(),
        List.of(score),
        1,
        0,
        0,
        0,
        "");
  }

  /** All proposals, each scored at some time after it was proposed, in an order of its own. */
  private static List<Object> all(SearchRecipes recipes, long seed, int limit, Random order) {
    Proposals proposals = proposals(recipes, seed, limit);
    List<Object> all = new ArrayList<>();
    List<CandidateRecord> running = new ArrayList<>();
    while (!proposals.isExhausted()) {
      if (proposals.hasMoreCandidates() && (running.isEmpty() || order.nextBoolean())) {
        Candidate<?> candidate = proposals.getCandidate();
        assertEquals(all.size(), candidate.getIndex());
        all.add(Proposals.values(candidate));
        running.add(scored(recipes, candidate));
      } else {
        Collections.shuffle(running, order);
        proposals.finish(running.remove(0));
      }
    }
    return all;
  }

  @ParameterizedTest
  @ValueSource(strings = {"random", "genetic"})
  void dependOnTheSeedAndNotOnWhoFinishesFirst(String generator) throws IOException {
    SearchRecipes recipes = recipes(generator);
    List<Object> first = all(recipes, 1, 60, new Random(1));
    assertEquals(60, first.size());
    assertEquals(60, new HashSet<>(first).size());
    assertEquals(first, all(recipes, 1, 60, new Random(2)));
    assertNotEquals(first, all(recipes, 2, 60, new Random(1)));
  }

  @Test
  void aGeneticSearchLearnsFromResults() throws IOException {
    double bred = meanOfTheLast40(recipes("genetic"));
    double random = meanOfTheLast40(recipes("random"));
    assertTrue(bred > random + 0.02, bred + " bred, " + random + " at random");
  }

  private static double meanOfTheLast40(SearchRecipes recipes) {
    return all(recipes, 1, 100, new Random(1)).stream()
        .skip(60)
        .mapToDouble(values -> MadeUp.score(recipes.candidate(map(values)).recipe(), 6))
        .average()
        .orElseThrow();
  }

  @SuppressWarnings("unchecked") // as Proposals gives them
  private static Map<String, Object> map(Object values) {
    return (Map<String, Object>) values;
  }

  @Test
  void whatHasNoEffectIsNoPartOfACandidate() throws IOException {
    for (Object values : all(recipes("random"), 1, 40, new Random(1))) {
      Map<String, Object> candidate = map(values);
      Object type = candidate.get("fusion.attention.type");
      assertEquals("se".equals(type), candidate.containsKey("fusion.attention.reduction"));
      assertEquals("self".equals(type), candidate.containsKey("fusion.attention.heads"));
    }
  }

  @Test
  void aGridHasEveryDifferentCandidateOnce() throws IOException {
    SearchRecipes recipes = recipes("grid\ngridPoints: 3");
    // Three learning rates with two reductions of se, two numbers of heads of self, and none.
    assertEquals(3 * (2 + 2 + 1), HyperparameterSearch.limit(recipes));
    List<Object> grid = all(recipes, 1, 15, new Random(1));
    assertEquals(15, new HashSet<>(grid).size());
    List<Double> rates =
        grid.stream().map(c -> (Double) map(c).get("training.learningRate")).distinct().toList();
    assertEquals(List.of(1e-5, 1e-3, 1e-1), rates);
  }

  @Test
  void aGridLargerThanTheBudgetIsRefused() throws IOException {
    SearchRecipes recipes =
        MadeUp.recipes(
            folder, "generator: grid\ngridPoints: 3\nbudget: {candidates: 14}\n" + SPACE);
    String message =
        assertThrows(ConfigException.class, () -> HyperparameterSearch.limit(recipes)).getMessage();
    assertTrue(message.contains("has 15 candidates"), message);
    assertTrue(message.contains("search.budget.candidates = 14"), message);
  }

  @Test
  void aSmallSpaceIsExhausted() throws IOException {
    SearchRecipes recipes =
        MadeUp.recipes(
            folder,
            """
            budget: {minutes: 1}
            space: {fusion.attention.type: [se, none], training.epochs: [3]}
            """);
    assertEquals(2, all(recipes, 1, Integer.MAX_VALUE, new Random(1)).size());
  }

  @Test
  void finishedCandidatesOfAnotherSearchAreRefused() throws IOException {
    SearchRecipes recipes = recipes("random");
    Proposals begun = proposals(recipes, 1, 9);
    assertTrue(begun.hasMoreCandidates());
    CandidateRecord first = scored(recipes, begun.getCandidate());
    Proposals other =
        new Proposals(
            Generators.of(recipes.search(), 2), recipes::applicable, 9, true, List.of(first));
    String message = assertThrows(RunException.class, other::hasMoreCandidates).getMessage();
    assertTrue(message.contains("start a new search"), message);
    assertFalse(message.contains("\n"), message);
  }
}
