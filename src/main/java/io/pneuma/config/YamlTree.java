package io.pneuma.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A YAML document in which every value knows where it was written. */
sealed interface YamlTree {
  /** The file and line, or the command line, that gave this value. */
  Origin origin();

  /** The list or mapping that is meant where one is wanted. */
  default YamlTree unfolded() {
    return this instanceof Scalar scalar ? scalar.structure().orElse(this) : this;
  }

  /** The same tree, of which no part is shared that could change. */
  default YamlTree copy() {
    if (this instanceof Mapping mapping) {
      Map<String, YamlTree> entries = new LinkedHashMap<>();
      mapping.entries().forEach((key, value) -> entries.put(key, value.copy()));
      return new Mapping(entries, mapping.origin());
    }
    if (this instanceof Sequence sequence) {
      List<YamlTree> items = new ArrayList<>();
      sequence.items().forEach(item -> items.add(item.copy()));
      return new Sequence(items, sequence.origin());
    }
    return this;
  }

  /**
   * Where a value was written.
   *
   * @param place shown in front of a problem, such as {@code conf/x.yaml:12}
   * @param base folder that a relative path given here starts from
   */
  record Origin(String place, Path base) {
    private static final String SET = "--set ";

    /** The place of an assignment on the command line. */
    static Origin ofAssignment(String assignment, Path base) {
      return new Origin(SET + assignment, base);
    }

    boolean isCommandLine() {
      return place.startsWith(SET);
    }
  }

  /**
   * A single value.
   *
   * @param value a String, Long, Double, Boolean, or null
   * @param text as it was written, for a folder or a class called 007
   * @param structure the list or mapping that a text of the command line may also stand for; which
   *     of the two is meant, the key decides
   */
  record Scalar(Object value, String text, Optional<YamlTree> structure, Origin origin)
      implements YamlTree {
    Scalar(Object value, String text, Origin origin) {
      this(value, text, Optional.empty(), origin);
    }
  }

  record Sequence(List<YamlTree> items, Origin origin) implements YamlTree {}

  record Mapping(Map<String, YamlTree> entries, Origin origin) implements YamlTree {}

  /**
   * Puts a command line's {@code path=value} in place; the path must lead through what is there.
   */
  static void set(Mapping root, String assignment, Path base) {
    Origin origin = Origin.ofAssignment(assignment, base);
    String source = origin.place();
    int equals = assignment.indexOf('=');
    if (equals < 1) {
      throw new ConfigException(source + ": expected --set key=value, as in training.epochs=3");
    }
    YamlTree value = YamlReader.given(assignment.substring(equals + 1), origin);
    place(root, assignment.substring(0, equals), value, source);
  }

  /**
   * Puts a value at a dotted path, which must lead through what is there.
   *
   * @param source what asks for it, for messages
   */
  static void place(Mapping root, String path, YamlTree value, String source) {
    YamlTree at = root;
    Matcher step = STEP.matcher(path);
    int end = 0;
    while (step.find() && step.start() == end) {
      end = step.end();
      boolean last = end == path.length();
      if (at instanceof Mapping mapping && step.group("key") != null) {
        if (last) {
          mapping.entries().put(step.group("key"), value);
          return;
        }
        Origin origin = value.origin();
        at =
            mapping
                .entries()
                .compute(
                    step.group("key"),
                    (key, old) ->
                        old == null || old.unfolded() instanceof Scalar
                            ? new Mapping(new LinkedHashMap<>(), origin)
                            : old.unfolded());
      } else if (at instanceof Sequence sequence && step.group("index") != null) {
        int index = Integer.parseInt(step.group("index"));
        if (index >= sequence.items().size()) {
          throw new ConfigException(
              source
                  + ": there is no item "
                  + index
                  + "; the list has "
                  + sequence.items().size()
                  + ", counted from 0");
        }
        if (last) {
          sequence.items().set(index, value);
          return;
        }
        at = sequence.items().get(index);
      } else {
        break;
      }
    }
    throw new ConfigException(
        source + ": no such place; expected a dotted path with list items as in backbones[0].name");
  }

  Pattern STEP = Pattern.compile("\\.?(?<key>[A-Za-z][A-Za-z0-9]*)|\\[(?<index>[0-9]{1,4})\\]");
}
