package io.pneuma.config;

import io.pneuma.config.Recipe.EarlyStopping;
import io.pneuma.config.RecipeLoader.Loaded;
import io.pneuma.config.Search.Choices;
import io.pneuma.config.Search.Integers;
import io.pneuma.config.Search.Range;
import io.pneuma.config.Search.Reals;
import io.pneuma.config.YamlTree.Mapping;
import io.pneuma.config.YamlTree.Scalar;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;

/** A recipe, what is to vary in it, and the recipe of every candidate. */
public final class SearchRecipes {
  private static final int PROBES = 64;

  private final Mapping tree;
  private final Search search;
  private final Loaded base;
  private final String yaml;
  private final Mapping space;
  private final Function<Mapping, Loaded> loader;
  private final List<Recipe> extremes = new ArrayList<>();

  /**
   * Checks every value of the space against the rules of the recipe.
   *
   * @param tree the recipe as written, without its search
   * @param base the recipe itself
   * @param yaml the recipe with the search, resolved
   * @param space as written, for the places of its keys
   * @throws ConfigException naming every value that no other choice makes valid
   */
  SearchRecipes(
      Mapping tree,
      Search search,
      Loaded base,
      String yaml,
      Mapping space,
      Function<Mapping, Loaded> loader) {
    this.tree = tree;
    this.search = search;
    this.base = base;
    this.yaml = yaml;
    this.space = space;
    this.loader = loader;
    check();
  }

  /** What varies, and how it is searched. */
  public Search search() {
    return search;
  }

  /** The recipe into which candidates are laid. */
  public Recipe base() {
    return base.recipe();
  }

  /** The recipe and its search with every default written out and every path absolute. */
  public String yaml() {
    return yaml;
  }

  /** True when both search the same, within whatever budget and shown wherever. */
  public boolean searchesLike(SearchRecipes other) {
    return search.with(other.search.budget()).equals(other.search)
        && base().with(other.base().monitor()).equals(other.base());
  }

  /** Recipes with the least and the most of everything that varies, for estimates. */
  public List<Recipe> extremes() {
    return List.copyOf(extremes);
  }

  /**
   * Of some values those that have an effect: a reduction without squeeze-and-excitation has none.
   */
  public Map<String, Object> applicable(Map<String, Object> values) {
    Object type =
        values.getOrDefault(RecipeLoader.ATTENTION_TYPE, base().fusion().attention().type());
    Map<String, Object> kept = new LinkedHashMap<>(values);
    RecipeLoader.OWNERS.forEach(
        (key, owner) -> {
          if (!owner.equals(type)) {
            kept.remove(RecipeLoader.ATTENTION + key);
          }
        });
    return kept;
  }

  /**
   * The recipe of a candidate, ready to train.
   *
   * @param values for each key that varies its value; those without effect are left out
   * @throws ConfigException when the values do not go together
   */
  public Loaded candidate(Map<String, Object> values) {
    Mapping copy = (Mapping) tree.copy();
    Map<String, Object> applicable = applicable(values);
    RecipeLoader.OWNERS.keySet().forEach(key -> removeFromAttention(copy, key, applicable));
    applicable.forEach(
        (key, value) ->
            YamlTree.place(
                copy,
                key,
                new Scalar(value, String.valueOf(value), space.entries().get(key).origin()),
                place(key)));
    return loader.apply(copy);
  }

  /** What the recipe says of another attention's part must not stand in a candidate's way. */
  private void removeFromAttention(Mapping root, String key, Map<String, Object> applicable) {
    Object type =
        applicable.getOrDefault(RecipeLoader.ATTENTION_TYPE, base().fusion().attention().type());
    if (!RecipeLoader.OWNERS.get(key).equals(type)
        && root.entries().get("fusion") instanceof Mapping fusion
        && fusion.entries().get("attention") instanceof Mapping attention) {
      attention.entries().remove(key);
    }
  }

  private String place(String key) {
    return space.entries().get(key).origin().place() + ": search.space." + key;
  }

  private void check() {
    List<List<Object>> ends = search.space().stream().map(SearchRecipes::ends).toList();
    Set<String> problems = new LinkedHashSet<>();
    for (int i = 0; i < ends.size(); i++) {
      for (Object value : ends.get(i)) {
        probe(ends, i, value, problems);
      }
    }
    boolean byShift = search.objective().equals(EarlyStopping.WORST_SHIFT);
    if (byShift && !extremes.stream().allMatch(Recipe::choosesByShift)) {
      problems.add(
          "search.objective = worstShift is measured only where it chooses the epoch, too; say"
              + " training.earlyStopping.metric: worstShift");
    }
    if (!problems.isEmpty()) {
      throw new ConfigException(List.copyOf(problems));
    }
  }

  /** A value is wrong when it is with every choice of the others that is tried. */
  private void probe(List<List<Object>> ends, int varied, Object value, Set<String> problems) {
    Random random = new Random(varied);
    String key = search.space().get(varied).key();
    String why = "";
    boolean everApplied = false;
    for (int attempt = 0; attempt < PROBES; attempt++) {
      Map<String, Object> values = new LinkedHashMap<>();
      for (int i = 0; i < ends.size(); i++) {
        List<Object> other = ends.get(i);
        values.put(search.space().get(i).key(), other.get(random.nextInt(other.size())));
      }
      values.put(key, value);
      if (!applicable(values).containsKey(key)) {
        continue;
      }
      everApplied = true;
      try {
        extremes.add(candidate(values).recipe());
        return;
      } catch (ConfigException e) {
        why = e.getMessage();
      }
    }
    if (!everApplied) {
      why =
          place(key)
              + " has no effect: "
              + RecipeLoader.ATTENTION_TYPE
              + " is never the one that it belongs to; remove it";
    }
    why.lines().forEach(problems::add);
  }

  private static List<Object> ends(Range range) {
    if (range instanceof Reals reals) {
      return List.of(reals.least(), reals.most());
    }
    if (range instanceof Integers integers) {
      return List.of((long) integers.least(), (long) integers.most());
    }
    return ((Choices) range).values();
  }
}
