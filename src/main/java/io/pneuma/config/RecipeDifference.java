package io.pneuma.config;

import io.pneuma.config.YamlTree.Mapping;
import io.pneuma.config.YamlTree.Scalar;
import io.pneuma.config.YamlTree.Sequence;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** Resolved recipes key by key, and what is different between two. */
public final class RecipeDifference {
  private static final String ABSENT = "absent";

  private RecipeDifference() {}

  /**
   * The keys whose values differ, a sentence each.
   *
   * @param before the YAML of the recipe that something was made with
   * @param now the YAML of the recipe that is at hand
   * @param free keys that may differ, with all that is below them; list items go without their
   *     index
   */
  public static List<String> between(String before, String now, Collection<String> free) {
    Map<String, String> old = values(before);
    Map<String, String> given = values(now);
    TreeSet<String> keys = new TreeSet<>(old.keySet());
    keys.addAll(given.keySet());
    List<String> differences = new ArrayList<>();
    for (String key : keys) {
      String plain = key.replaceAll("\\[[0-9]+\\]", "");
      String was = old.getOrDefault(key, ABSENT);
      String is = given.getOrDefault(key, ABSENT);
      if (!was.equals(is)
          && free.stream().noneMatch(any -> plain.equals(any) || plain.startsWith(any + "."))) {
        differences.add(key + " is " + is + " and was " + was);
      }
    }
    return differences;
  }

  /** Every value of a recipe by its dotted key, as in {@code backbones[0].name}. */
  public static Map<String, String> values(String yaml) {
    Map<String, String> values = new TreeMap<>();
    new YamlReader("recipe", Path.of(""), false, new ArrayList<>())
        .read(yaml)
        .ifPresent(tree -> collect("", tree, values));
    return values;
  }

  private static void collect(String path, YamlTree tree, Map<String, String> values) {
    if (tree instanceof Mapping mapping) {
      mapping
          .entries()
          .forEach((key, value) -> collect(path.isEmpty() ? key : path + "." + key, value, values));
    } else if (tree instanceof Sequence sequence) {
      for (int i = 0; i < sequence.items().size(); i++) {
        collect(path + "[" + i + "]", sequence.items().get(i), values);
      }
    } else {
      values.put(path, ((Scalar) tree).text());
    }
  }
}
