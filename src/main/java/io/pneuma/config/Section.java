package io.pneuma.config;

import io.pneuma.config.YamlTree.Mapping;
import io.pneuma.config.YamlTree.Origin;
import io.pneuma.config.YamlTree.Scalar;
import io.pneuma.config.YamlTree.Sequence;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.commons.text.similarity.LevenshteinDistance;

/**
 * One mapping of a recipe while it is read. Each read names its key, its default and its bounds;
 * what is wrong is added to the shared list of problems, and reading goes on with the default. The
 * values read, defaults included, make up the resolved recipe.
 */
final class Section {
  /** Ways to say none; the last two come from the command line, where every text is a text. */
  private static final Set<Object> NONE = Set.of("none", "null", "~");

  private final Mapping mapping;
  private final String path;
  private final List<String> problems;
  private final Map<String, RecipeKey> read;
  private final Map<String, Object> resolved = new LinkedHashMap<>();
  private final Set<String> keys = new LinkedHashSet<>();

  /**
   * A mapping to be read.
   *
   * @param path of the mapping with a dot behind it, or empty for the whole recipe
   * @param problems takes what is wrong
   * @param read takes every key that is asked for, by its path
   */
  Section(Mapping mapping, String path, List<String> problems, Map<String, RecipeKey> read) {
    this.read = read;
    this.mapping = mapping;
    this.path = path;
    this.problems = problems;
  }

  Map<String, Object> resolved() {
    return resolved;
  }

  /**
   * The nested section of that key; an absent one is empty, so that all its defaults hold. A single
   * word, none included, is a problem: it would otherwise silently mean the defaults.
   *
   * @param example shown in the message
   */
  Section section(String key, String example) {
    if (unfolded(key) instanceof Scalar scalar && scalar.value() != null) {
      keys.add(key);
      wrongType(key, scalar, "a mapping of keys, as in " + example);
      return child(key, new LinkedHashMap<>());
    }
    return optionalSection(key, example).orElseGet(() -> child(key, new LinkedHashMap<>()));
  }

  /** The nested section of that key, or empty where it is absent or {@code none}. */
  Optional<Section> optionalSection(String key, String example) {
    keys.add(key);
    YamlTree value = unfolded(key);
    if (value instanceof Mapping nested) {
      return Optional.of(child(key, nested.entries()));
    }
    if (value != null && !isNone(value)) {
      wrongType(key, value, "a mapping of keys, as in " + example);
    }
    return Optional.empty();
  }

  private Section child(String key, Map<String, YamlTree> entries) {
    Section child =
        new Section(new Mapping(entries, origin(key)), path + key + ".", problems, read);
    resolved.put(key, child.resolved);
    return child;
  }

  /** The sections of a list; a missing or empty list is a problem. */
  List<Section> sections(String key) {
    keys.add(key);
    List<Section> sections = new ArrayList<>();
    List<Object> resolvedItems = new ArrayList<>();
    resolved.put(key, resolvedItems);
    YamlTree value = unfolded(key);
    if (value instanceof Sequence list && !list.items().isEmpty()) {
      for (int i = 0; i < list.items().size(); i++) {
        String itemPath = path + key + "[" + i + "]";
        if (list.items().get(i) instanceof Mapping item) {
          Section section = new Section(item, itemPath + ".", problems, read);
          resolvedItems.add(section.resolved);
          sections.add(section);
        } else {
          Origin at = list.items().get(i).origin();
          problems.add(at.place() + ": " + itemPath + " must be a mapping of keys");
        }
      }
    } else {
      problem(
          key,
          (value == null ? "is missing; expected" : "must be") + " a list of at least one item");
    }
    return sections;
  }

  /** The value of a key as it was written, for a reader of its own; null when it is absent. */
  YamlTree take(String key) {
    note(key, "a mapping", null);
    keys.add(key);
    return unfolded(key);
  }

  /** The value of a key where a list or a mapping may be wanted; null when it is absent. */
  private YamlTree unfolded(String key) {
    YamlTree value = mapping.entries().get(key);
    return value == null ? null : value.unfolded();
  }

  /** True when the key holds a mapping. */
  boolean isSection(String key) {
    return unfolded(key) instanceof Mapping;
  }

  private void note(String key, String value, Object fallback) {
    RecipeKey entry = RecipeKey.of(path + key, value, fallback);
    read.put(entry.path(), entry);
  }

  String text(String key, String fallback) {
    note(key, "text", fallback);
    boolean given = raw(key, null) != null;
    if (given && mapping.entries().get(key) instanceof Scalar scalar) {
      return keep(key, scalar.text());
    }
    return keep(key, fallback);
  }

  String requiredText(String key) {
    YamlTree given = mapping.entries().get(key);
    String value = text(key, null);
    if (value != null && !value.isEmpty()) {
      return value;
    }
    if (given == null || given instanceof Scalar) { // Else its wrong type is reported already.
      problem(key, given == null ? "is missing" : "has no value");
    }
    return "";
  }

  /** One of the known words; an unknown one is a problem and is returned as empty. */
  String oneOf(String key, String fallback, Collection<String> known) {
    String value = fallback == null ? requiredText(key) : text(key, fallback);
    note(key, String.join(", ", known), fallback);
    if (!value.isEmpty() && !known.contains(value)) {
      unknown(key, value, known);
      return "";
    }
    return value;
  }

  /** A path of this machine, made absolute from the place where it was written. */
  Path path(String key, String text) {
    Path path = imagePath(key, text, false);
    if (!UserPath.isLocal(path)) {
      problem(key, show(text) + " must be on this machine");
    }
    return path;
  }

  /**
   * A path of images or what is known of them, made absolute from the place where it was written;
   * they may lie on other file systems.
   *
   * @param recorded whether a run wrote it down, which can be read without such a file system
   */
  Path imagePath(String key, String text, boolean recorded) {
    Path base = origin(key).base();
    note(key, "path", null);
    if (recorded && UserPath.isElsewhere(text)) {
      resolved.put(key, text);
      return UserPath.recorded(text);
    }
    try {
      Path absolute = UserPath.of(base, text);
      resolved.put(key, absolute.toString());
      return absolute;
    } catch (InvalidPathException e) {
      problem(key, show(text) + " is no path: " + e.getReason());
      return base;
    }
  }

  long integer(String key, long fallback, long least, long most) {
    String range = range(least, most);
    note(key, range, fallback);
    Object value = raw(key, fallback);
    if (value instanceof Long number && number >= least && number <= most) {
      return keep(key, number);
    }
    problem(key, show(value) + " must be " + range);
    return fallback;
  }

  int integer(String key, int fallback, int least, int most) {
    return Math.toIntExact(integer(key, (long) fallback, least, most));
  }

  private static String range(long least, long most) {
    return "a whole number from "
        + (most == Long.MAX_VALUE ? least + " on" : least + " to " + most);
  }

  private static String range(double least, boolean leastIncluded, double most) {
    return "a number "
        + (leastIncluded
            ? "from " + brief(least) + " to " + brief(most)
            : "above " + brief(least) + ", at most " + brief(most));
  }

  /** A number in (least, most], or in [least, most] where {@code least} itself makes sense. */
  double real(String key, double fallback, double least, boolean leastIncluded, double most) {
    String range = range(least, leastIncluded, most);
    note(key, range, fallback);
    Object value = raw(key, fallback);
    double number = value instanceof Number n ? n.doubleValue() : Double.NaN;
    if ((leastIncluded ? number >= least : number > least) && number <= most) {
      return keep(key, number);
    }
    problem(key, show(value) + " must be " + range);
    return fallback;
  }

  /** A number in [least, most], or {@code none}, which is read as the number that stands for it. */
  double realOrNone(String key, double fallback, double none, double least, double most) {
    double number = isUnset(key, fallback == none) ? none : real(key, fallback, least, true, most);
    return orNone(key, number == none, range(least, true, most), number);
  }

  /** A whole number, or {@code none}, which is read as the number that stands for it. */
  int integerOrNone(String key, int fallback, int none, int least, int most) {
    int number = isUnset(key, fallback == none) ? none : integer(key, fallback, least, most);
    return orNone(key, number == none, range(least, most), number);
  }

  private boolean isUnset(String key, boolean none) {
    return isNone(key) || (none && !has(key));
  }

  private <T> T orNone(String key, boolean none, String range, T value) {
    note(key, range + ", or none", Recipe.NONE);
    if (none) {
      none(key);
    }
    return value;
  }

  /** The text of a single value; null where the key is absent or holds something else. */
  String word(String key) {
    keys.add(key);
    return mapping.entries().get(key) instanceof Scalar scalar ? scalar.text() : null;
  }

  /** A list of that many numbers from 0 on. */
  List<Double> reals(String key, int count) {
    note(key, "a list of " + count + " numbers from 0 on", null);
    keys.add(key);
    List<Double> numbers = new ArrayList<>();
    if (unfolded(key) instanceof Sequence list) {
      for (YamlTree item : list.items()) {
        boolean number = item instanceof Scalar scalar && scalar.value() instanceof Number;
        double value = number ? ((Number) ((Scalar) item).value()).doubleValue() : Double.NaN;
        if (value >= 0 && value < Double.POSITIVE_INFINITY) {
          numbers.add(value);
        }
      }
      if (numbers.size() == count && list.items().size() == count) {
        return keep(key, numbers);
      }
    }
    problem(key, "must be a list of " + count + " numbers from 0 on, as in [1, 5]");
    return Collections.nCopies(count, 1.0);
  }

  boolean bool(String key, boolean fallback) {
    note(key, "true or false", fallback);
    Object value = raw(key, fallback);
    if (value instanceof Boolean bool) {
      return keep(key, bool);
    }
    problem(key, show(value) + " must be true or false");
    return fallback;
  }

  /** True when the command line gives the key. */
  boolean isOverridden(String key) {
    return origin(key).isCommandLine();
  }

  /** True when the key is given, so that a value that has no effect can be refused. */
  boolean has(String key) {
    return mapping.entries().containsKey(key);
  }

  /** Marks the key as none in the resolved recipe. */
  void none(String key) {
    keys.add(key);
    resolved.put(key, Recipe.NONE);
  }

  boolean isNone(String key) {
    return has(key) && isNone(mapping.entries().get(key));
  }

  void problem(String key, String what) {
    problems.add(origin(key).place() + ": " + path + key + " " + what);
  }

  private void unknown(String key, String value, Collection<String> known) {
    problem(
        key,
        "= \""
            + value
            + "\" is unknown; known: "
            + String.join(", ", known)
            + suggest(value, known));
  }

  /** Reports every key that nothing has asked for; to be called when all has been read. */
  void close() {
    for (Map.Entry<String, YamlTree> entry : mapping.entries().entrySet()) {
      if (!keys.contains(entry.getKey())) {
        problem(
            entry.getKey(),
            "is an unknown key; known here: "
                + String.join(", ", keys)
                + suggest(entry.getKey(), keys));
      }
    }
  }

  static String suggest(String word, Collection<String> known) {
    LevenshteinDistance distance = new LevenshteinDistance(Math.max(2, word.length() / 3));
    return known.stream()
        .filter(candidate -> distance.apply(word, candidate) >= 0)
        .min(Comparator.comparing(candidate -> distance.apply(word, candidate)))
        .map(nearest -> "; did you mean " + nearest + "?")
        .orElse("");
  }

  private static boolean isNone(YamlTree value) {
    return value instanceof Scalar scalar
        && (scalar.value() == null || NONE.contains(scalar.value()));
  }

  private Object raw(String key, Object fallback) {
    keys.add(key);
    YamlTree value = mapping.entries().get(key);
    if (value == null) {
      return fallback;
    }
    if (value instanceof Scalar scalar) {
      return scalar.value() == null ? fallback : scalar.value();
    }
    wrongType(key, value, "a single value");
    return fallback;
  }

  <T> T keep(String key, T value) {
    if (value != null) {
      resolved.put(key, value);
    }
    return value;
  }

  private void wrongType(String key, YamlTree value, String expected) {
    String given =
        value instanceof Scalar scalar
            ? show(scalar.value())
            : value instanceof Sequence ? "(a list)" : "(a mapping)";
    problem(key, given + " must be " + expected);
  }

  private Origin origin(String key) {
    YamlTree value = mapping.entries().get(key);
    return value == null ? mapping.origin() : value.origin();
  }

  static String brief(double number) {
    return number == (long) number ? String.valueOf((long) number) : String.valueOf(number);
  }

  private static String show(Object value) {
    return value instanceof String ? "= \"" + value + "\"" : "= " + value;
  }
}
