package io.pneuma.config;

import io.pneuma.config.YamlTree.Mapping;
import io.pneuma.config.YamlTree.Origin;
import io.pneuma.config.YamlTree.Scalar;
import io.pneuma.config.YamlTree.Sequence;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/** Reads one YAML text into a tree, in which an alias stands as a copy of what it names. */
final class YamlReader {
  /** Nested aliases double with each level; no recipe comes near this many values. */
  private static final int MOST_VALUES = 10_000;

  private final String source;
  private final Path base;
  private final boolean withLines;
  private final List<String> problems;
  private final Set<Node> enclosing = Collections.newSetFromMap(new IdentityHashMap<>());
  private int values = 0;

  /**
   * A reader of one text.
   *
   * @param source the name that problems are reported under
   * @param base folder that relative paths in the text start from
   * @param withLines whether a place is a line of the source, rather than the source itself
   * @param problems takes every key that stands twice or is no word
   */
  YamlReader(String source, Path base, boolean withLines, List<String> problems) {
    this.source = source;
    this.base = base;
    this.withLines = withLines;
    this.problems = problems;
  }

  /**
   * Reads the text; empty where it holds nothing, or comments alone.
   *
   * @throws ConfigException when the text is not YAML
   */
  Optional<YamlTree> read(String text) {
    try {
      LoadSettings settings =
          LoadSettings.builder().setLabel(source).setSchema(new CoreSchema()).build();
      return new Compose(settings).composeString(text).map(this::convert);
    } catch (MarkedYamlEngineException e) {
      int line = e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(1);
      throw new ConfigException(
          place(line) + ": is not YAML: " + e.getProblem() + remedy(e.getProblem()));
    } catch (YamlEngineException e) {
      throw new ConfigException(source + ": is not YAML: " + e.getMessage());
    } catch (StackOverflowError e) { // The parser recurses.
      throw new ConfigException(source + ": is nested too deeply to be a recipe");
    }
  }

  /**
   * A text of the command line as it stands, not as YAML would read it: nothing in it is a comment,
   * an alias or a quote. It is a number or a switch where it is one to the last letter.
   */
  static Scalar given(String text, Origin origin) {
    Tag tag = new CoreSchema().getScalarResolver().resolve(text.strip(), true);
    Optional<YamlTree> unfolded = Optional.empty();
    if (text.startsWith("[") || text.startsWith("{")) {
      try {
        List<String> problems = new ArrayList<>();
        unfolded =
            new YamlReader(origin.place(), origin.base(), false, problems)
                .read(text)
                .filter(tree -> problems.isEmpty());
      } catch (ConfigException e) {
        unfolded = Optional.empty(); // Then it is a text: a folder may be called "[2020] scans".
      }
    }
    boolean word = tag.equals(Tag.NULL) && !text.isBlank(); // ~ is a path, and null may be a class.
    Object value = word ? text : value(tag, text.strip(), text);
    return new Scalar(value, text, unfolded, origin);
  }

  private static String remedy(String problem) {
    return problem.contains("escape character")
        ? "; in double quotes write \\\\ for each \\, or take single quotes, as in groupBy:"
            + " '^(\\d+)_'"
        : "";
  }

  private YamlTree convert(Node node) {
    Origin origin = new Origin(place(line(node)), base);
    if (!enclosing.add(node)) {
      throw new ConfigException(origin.place() + ": an alias stands inside what it names");
    }
    if (++values > MOST_VALUES) {
      throw new ConfigException(
          source + ": unfolds to more than " + MOST_VALUES + " values; are its aliases nested?");
    }
    YamlTree tree;
    if (node instanceof MappingNode mapping) {
      tree = new Mapping(entries(mapping), origin);
    } else if (node instanceof SequenceNode sequence) {
      List<YamlTree> items = new ArrayList<>();
      sequence.getValue().forEach(item -> items.add(convert(item)));
      tree = new Sequence(items, origin);
    } else {
      ScalarNode scalar = (ScalarNode) node;
      tree =
          new Scalar(
              value(scalar.getTag(), scalar.getValue(), scalar.getValue()),
              scalar.getValue(),
              origin);
    }
    enclosing.remove(node);
    return tree;
  }

  private Map<String, YamlTree> entries(MappingNode mapping) {
    Map<String, YamlTree> entries = new LinkedHashMap<>();
    for (NodeTuple tuple : mapping.getValue()) {
      String place = place(line(tuple.getKeyNode()));
      if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
        problems.add(place + ": a list or a mapping stands where a key was expected");
        continue;
      }
      if (entries.putIfAbsent(key.getValue(), convert(tuple.getValueNode())) != null) {
        problems.add(place + ": the key " + key.getValue() + " stands twice; remove one");
      }
    }
    return entries;
  }

  private static Object value(Tag tag, String text, String otherwise) {
    if (tag.equals(Tag.NULL)) {
      return null;
    }
    if (tag.equals(Tag.BOOL)) {
      return Boolean.parseBoolean(text);
    }
    try {
      if (tag.equals(Tag.INT)) {
        return whole(text);
      }
      if (tag.equals(Tag.FLOAT)) {
        return Double.valueOf(text);
      }
    } catch (NumberFormatException e) {
      return otherwise; // Too large, or .inf: no key takes it, and the text shows in the message.
    }
    return otherwise;
  }

  /** A whole number of YAML 1.2: 0x is hexadecimal, 0o octal, and 010 is ten. */
  private static Long whole(String text) {
    if (text.startsWith("0x")) {
      return Long.valueOf(text.substring(2), 16);
    }
    return text.startsWith("0o") ? Long.valueOf(text.substring(2), 8) : Long.valueOf(text);
  }

  private static int line(Node node) {
    return node.getStartMark().map(mark -> mark.getLine() + 1).orElse(1);
  }

  private String place(int line) {
    return withLines ? source + ":" + line : source;
  }
}
