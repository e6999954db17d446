package io.pneuma.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.config.Search.Generator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SearchRecipesTest {
  private static final String RECIPE =
      """
      data: {folder: images}
      backbones: [{name: tiny, weights: none, freeze: all}]
      fusion: {embedding: 8, attention: {type: se, reduction: 3}}
      """;

  private static final String SPACE =
      """
      search:
        budget: {candidates: 5}
        space:
          training.learningRate: {logUniform: [1e-5, 1e-2]}
          fusion.attention.type: [se, self, none]
          fusion.attention.heads: [2, 3]
      """;

  @TempDir Path folder;

  private RecipeLoader loader() {
    return new RecipeLoader(
        new Vocabulary(
            Map.of("tiny", List.of("only")), Map.of(), Set.of("none", "se", "eca", "self")),
        folder,
        folder);
  }

  private SearchRecipes load(String yaml, String... assignments) throws IOException {
    Files.writeString(folder.resolve("s.yaml"), yaml);
    return loader().loadSearch(Path.of("s.yaml"), List.of(assignments));
  }

  private String refused(String search) {
    ConfigException refusal =
        assertThrows(ConfigException.class, () -> load(RECIPE + "search: " + search));
    return refusal.getMessage();
  }

  @Test
  void laysACandidateIntoTheRecipe() throws IOException {
    // Three heads do not divide an embedding of 8, but no head at all is needed for se.
    SearchRecipes recipes = load(RECIPE + SPACE.replace("[2, 3]", "[2, 4]"));
    assertEquals(Generator.RANDOM, recipes.search().generator());
    Map<String, Object> self =
        Map.of(
            "training.learningRate",
            0.001,
            "fusion.attention.type",
            "self",
            "fusion.attention.heads",
            4L);
    Recipe recipe = recipes.candidate(self).recipe();
    assertEquals(0.001, recipe.training().learningRate());
    assertEquals(4, recipe.fusion().attention().heads());
    // The recipe's own reduction is no part of another attention, and heads are none of se's.
    assertEquals(
        "none",
        recipes
            .candidate(Map.of("fusion.attention.type", "none"))
            .recipe()
            .fusion()
            .attention()
            .type());
    assertEquals(
        Map.of("fusion.attention.type", "se"),
        recipes.applicable(Map.of("fusion.attention.type", "se", "fusion.attention.heads", 4L)));
    assertEquals(
        3,
        recipes
            .candidate(Map.of("fusion.attention.type", "se", "fusion.attention.heads", 4L))
            .recipe()
            .fusion()
            .attention()
            .reduction());
  }

  @Test
  void theWinnersRecipeIsOneToTrain() throws IOException {
    SearchRecipes recipes = load(RECIPE + SPACE.replace("[2, 3]", "[2, 4]"));
    RecipeLoader.Loaded winner =
        recipes.candidate(
            Map.of("fusion.attention.type", "self", "training.learningRate", 1.23456e-5));
    Files.writeString(folder.resolve("winner.yaml"), winner.yaml());
    assertEquals(winner.recipe(), loader().load(Path.of("winner.yaml"), List.of()).recipe());
  }

  @Test
  void theResolvedSearchIsTheSearch() throws IOException {
    SearchRecipes recipes = load(RECIPE + SPACE.replace("[2, 3]", "[2, 4]"));
    SearchRecipes again = load(recipes.yaml());
    assertTrue(again.searchesLike(recipes));
    assertEquals(recipes.yaml(), again.yaml());
    assertTrue(load(recipes.yaml(), "search.budget.candidates=9").searchesLike(recipes));
    assertFalse(load(recipes.yaml(), "training.epochs=9").searchesLike(recipes));
    assertFalse(load(recipes.yaml(), "search.objective=f1").searchesLike(recipes));
  }

  @Test
  void trainRefusesASearchAndSearchARecipeWithoutOne() {
    String message =
        assertThrows(
                ConfigException.class,
                () -> {
                  load(RECIPE + SPACE.replace("[2, 3]", "[2, 4]"));
                  loader().load(Path.of("s.yaml"), List.of());
                })
            .getMessage();
    assertTrue(message.contains("s.yaml:5: search is for ./run.sh search"), message);
    message = assertThrows(ConfigException.class, () -> load(RECIPE)).getMessage();
    assertTrue(message.contains("s.yaml: has no search: block"), message);
  }

  @Test
  void aValueThatNoOtherMakesValidIsNamedWithItsLine() {
    String message = assertThrows(ConfigException.class, () -> load(RECIPE + SPACE)).getMessage();
    assertEquals("s.yaml:9: fusion.attention.heads = 3 must divide fusion.embedding = 8", message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
      {training.learningrate: [1e-3, 1e-4]}|training.learningrate is an unknown key; known here: \
      epochs, batchSize, learningRate, warmupEpochs, decay, stageDecay, probeEpochs, classWeights, \
      sampling, weightDecay, dropout, labelSmoothing, mixup, clipNorm, averageDecay, \
      earlyStopping; did you mean learningRate?
      {training.learningRate: []}|search.space.training.learningRate is an empty range; list at
      {training.learningRate: {uniform: [1, 1]}}|is an empty range: 1 is not below 1
      {training.learningRate: {uniform: [2, 1]}}|is an empty range: 2 is not below 1
      {training.learningRate: {logUniform: [0, 1]}}|goes through zero, which has no logarithm
      {training.learningRate: {logUniform: [-1, 1]}}|goes through zero, which has no logarithm
      {training.learningRate: {logunifrm: [1, 2]}}|unknown kind logunifrm; known: logUniform, \
      uniform, integer; did you mean logUniform?
      {training.learningRate: {uniform: [1e-3]}}|must have two numbers, as in {uniform: [LEAST
      {training.learningRate: {uniform: [1e-3, 11]}}|= 11.0 must be a number above 0, at most 10
      {training.learningRate: 1e-3}|must be a list of values, or a range such as
      {training.epochs: {integer: [1.5, 3]}}|must have whole numbers as the ends
      {training.epochs: [3, 1.5]}|training.epochs = 1.5 must be a whole number
      {training.epochs: [3, 3]}|lists 3 twice; remove one
      {training.epochs: [3]}|search.space holds nothing to choose from
      {seed: [1, 2]}|search.space.seed cannot vary: candidates are compared on one seed
      {data.folder: [a, b]}|search.space.data.folder cannot vary
      {fusion.attention.heads: [2, 4]}|has no effect: fusion.attention.type is never the one
      {fusion.attention.type: [se, esa]}|= "esa" is unknown; known:
      {"backbones[3].cut": [only, none]}|there is no item 3; the list has 1
      {}|search.space must name what varies
      """)
  void aSpaceThatCannotBeSearchedIsRefused(String space, String expected) {
    String message = refused("{budget: {candidates: 3}, space: " + space + "}");
    assertTrue(message.contains(expected), message);
    assertEquals(1, message.lines().count(), message);
    assertTrue(message.startsWith("s.yaml:4: "), message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
      space: {training.epochs: [2, 3]}|search.budget is nothing; expected how long to search
      budget: {}, space: {training.epochs: [2, 3]}|search.budget is nothing
      budget: {candidates: 0}, space: {training.epochs: [2, 3]}|candidates = 0 must be a whole
      budget: {candidates: 1}, objective: loss, space: {training.epochs: [2, 3]}|"loss" is unknown
      budget: {candidates: 1}, generator: tpe, space: {training.epochs: [2, 3]}|known: random, grid
      budget: {candidates: 1}, gridPoints: 3, space: {training.epochs: [2, 3]}|belongs to generator
      budget: {candidates: 1}, pruning: on, space: {training.epochs: [2, 3]}|must be a mapping
      budget: {candidates: 1}, objective: worstShift, space: {training.epochs: [2, 3]}|chooses the epoch
      budget: {candidates: 1}, spcae: 1, space: {training.epochs: [2, 3]}|did you mean space?
      """)
  void aSearchThatMakesNoSenseIsRefused(String search, String expected) {
    String message = refused("{" + search + "}");
    assertTrue(message.contains(expected), message);
    assertEquals(1, message.lines().count(), message);
  }
}
