package io.pneuma.config;

import io.pneuma.config.Search.Budget;
import io.pneuma.config.Search.Choices;
import io.pneuma.config.Search.Generator;
import io.pneuma.config.Search.Integers;
import io.pneuma.config.Search.Range;
import io.pneuma.config.Search.Reals;
import io.pneuma.config.YamlTree.Mapping;
import io.pneuma.config.YamlTree.Scalar;
import io.pneuma.config.YamlTree.Sequence;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** Reads the {@code search:} block. Whether its values suit the recipe is checked elsewhere. */
final class SearchReader {
  private static final String UNIFORM = "uniform";
  private static final String LOG_UNIFORM = "logUniform";
  private static final String INTEGER = "integer";
  private static final List<String> KINDS = List.of(LOG_UNIFORM, UNIFORM, INTEGER);

  private final Section search;
  private final List<String> problems;
  private final Map<String, Object> resolved = new LinkedHashMap<>();

  SearchReader(Section search, List<String> problems) {
    this.search = search;
    this.problems = problems;
  }

  /** Reads all of it; what is wrong becomes a problem. */
  Search read() {
    Map<String, Generator> words = new LinkedHashMap<>();
    Arrays.stream(Generator.values()).forEach(each -> words.put(each.word(), each));
    String word = search.oneOf("generator", "random", words.keySet());
    Generator generator = words.getOrDefault(word, Generator.RANDOM);
    int gridPoints = 5;
    if (generator == Generator.GRID) {
      gridPoints = search.integer("gridPoints", 5, 2, 1000);
    } else if (search.has("gridPoints")) {
      search.problem("gridPoints", "belongs to generator: grid; remove it");
      search.take("gridPoints");
    }
    List<String> objectives = new ArrayList<>(RecipeLoader.CHOICES);
    objectives.add(Search.ERROR);
    Search read =
        new Search(
            generator,
            gridPoints,
            budget(search.section("budget", "{candidates: 40, minutes: 30}")),
            search.oneOf("objective", "rocAuc", objectives),
            pruning(),
            space());
    search.close();
    return read;
  }

  private Budget budget(Section section) {
    Budget budget = new Budget(atMost(section, "candidates"), atMost(section, "minutes"));
    section.close();
    if (budget.candidates().isEmpty() && budget.minutes().isEmpty()) {
      search.problem(
          "budget", "is nothing; expected how long to search, as in {candidates: 40, minutes: 30}");
    }
    return budget;
  }

  private static OptionalInt atMost(Section section, String key) {
    if (!section.has(key) || section.isNone(key)) {
      section.none(key);
      return OptionalInt.empty();
    }
    return OptionalInt.of(section.integer(key, 1, 1, 1_000_000));
  }

  private Optional<Integer> pruning() {
    Optional<Section> pruning = search.optionalSection("pruning", "{afterEpoch: 3}, or none");
    if (pruning.isEmpty()) {
      search.none("pruning");
      return Optional.empty();
    }
    int after = pruning.get().integer("afterEpoch", 3, 1, 100_000);
    pruning.get().close();
    return Optional.of(after);
  }

  private List<Range> space() {
    List<Range> space = new ArrayList<>();
    if (search.take("space") instanceof Mapping mapping && !mapping.entries().isEmpty()) {
      mapping.entries().forEach((key, value) -> range(key, value).ifPresent(space::add));
      if (!space.isEmpty() && space.stream().allMatch(SearchReader::isOneValue)) {
        search.problem("space", "holds nothing to choose from: each of its keys has one value");
      }
    } else {
      search.problem(
          "space",
          "must name what varies, as in {training.learningRate: {logUniform: [1e-5, 1e-2]}}");
    }
    search.keep("space", resolved);
    return space;
  }

  private static boolean isOneValue(Range range) {
    return range instanceof Choices choices && choices.values().size() == 1;
  }

  /** Keys under which candidates could not be compared, or that no candidate depends on. */
  private static boolean isFixed(String key) {
    String first = key.split("\\.", 2)[0];
    return List.of("seed", "data", "monitor", "search").contains(first)
        && !key.equals("data.imageSize");
  }

  private Optional<Range> range(String key, YamlTree value) {
    if (isFixed(key)) {
      return wrong(
          key,
          value,
          "cannot vary: candidates are compared on one seed and one split of one data set");
    }
    if (value instanceof Sequence sequence) {
      return choices(key, sequence);
    }
    if (value instanceof Mapping mapping && mapping.entries().size() == 1) {
      Map.Entry<String, YamlTree> only = mapping.entries().entrySet().iterator().next();
      if (KINDS.contains(only.getKey())) {
        return numbers(key, only.getKey(), only.getValue());
      }
      return wrong(
          key,
          value,
          "has a range of the unknown kind "
              + only.getKey()
              + "; known: "
              + String.join(", ", KINDS)
              + Section.suggest(only.getKey(), KINDS));
    }
    return wrong(
        key, value, "must be a list of values, or a range such as {logUniform: [1e-5, 1e-2]}");
  }

  private Optional<Range> choices(String key, Sequence sequence) {
    List<Object> values = new ArrayList<>();
    Set<Object> seen = new HashSet<>();
    for (YamlTree item : sequence.items()) {
      if (!(item instanceof Scalar scalar) || scalar.value() == null) {
        return wrong(key, item, "must list single values, such as [se, eca]");
      }
      if (!seen.add(scalar.value())) {
        return wrong(key, item, "lists " + scalar.text() + " twice; remove one");
      }
      values.add(scalar.value());
    }
    if (values.isEmpty()) {
      return wrong(key, sequence, "is an empty range; list at least one value");
    }
    resolved.put(key, values);
    return Optional.of(new Choices(key, values));
  }

  private Optional<Range> numbers(String key, String kind, YamlTree value) {
    List<Double> ends = new ArrayList<>();
    if (value instanceof Sequence sequence) {
      for (YamlTree end : sequence.items()) {
        if (end instanceof Scalar scalar && scalar.value() instanceof Number number) {
          ends.add(number.doubleValue());
        }
      }
    }
    if (ends.size() != 2 || ((Sequence) value).items().size() != 2) {
      return wrong(key, value, "must have two numbers, as in {" + kind + ": [LEAST, MOST]}");
    }
    double least = ends.get(0);
    double most = ends.get(1);
    if (!(least < most) || most - least == Double.POSITIVE_INFINITY) {
      return wrong(
          key,
          value,
          "is an empty range: " + Section.brief(least) + " is not below " + Section.brief(most));
    }
    if (kind.equals(LOG_UNIFORM) && !(least > 0)) {
      return wrong(
          key,
          value,
          "goes through zero, which has no logarithm; begin above it, or take " + UNIFORM);
    }
    boolean whole = least == (int) least && most == (int) most;
    if (kind.equals(INTEGER) && !whole) {
      return wrong(key, value, "must have whole numbers as the ends of an integer range");
    }
    List<Object> kept = whole ? List.of((int) least, (int) most) : List.of(least, most);
    resolved.put(key, Map.of(kind, kept));
    return Optional.of(
        kind.equals(INTEGER)
            ? new Integers(key, (int) least, (int) most)
            : new Reals(key, least, most, kind.equals(LOG_UNIFORM)));
  }

  private Optional<Range> wrong(String key, YamlTree value, String what) {
    problems.add(value.origin().place() + ": search.space." + key + " " + what);
    return Optional.empty();
  }
}
