package io.pneuma.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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

/** A YAML document in which every value knows where it was written. */
sealed interface YamlTree {
  /** The file and line, or the command line, that gave this value. */
  Origin origin();

  /**
   * Where a value was written.
   *
   * @param place shown in front of a problem, such as {@code conf/x.yaml:12}
   * @param base folder that a relative path given here starts from
   */
  record Origin(String place, Path base) {}

  /** A value: a String, Long, Double, Boolean, or null. */
  record Scalar(Object value, Origin origin) implements YamlTree {}

  record Sequence(List<YamlTree> items, Origin origin) implements YamlTree {}

  record Mapping(Map<String, YamlTree> entries, Origin origin) implements YamlTree {}

  /**
   * Reads a document.
   *
   * @param source the name that problems are reported under
   * @throws ConfigException when the text is not YAML, or a key stands twice
   */
  static YamlTree parse(String text, String source, Path base) {
    try {
      LoadSettings settings =
          LoadSettings.builder().setLabel(source).setSchema(new CoreSchema()).build();
      return new Compose(settings)
          .composeString(text)
          .map(node -> convert(node, source, base))
          .orElseGet(() -> new Mapping(new LinkedHashMap<>(), new Origin(source, base)));
    } catch (MarkedYamlEngineException e) {
      int line = e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(1);
      throw new ConfigException(source + ":" + line + ": is not YAML: " + e.getProblem());
    } catch (YamlEngineException e) {
      throw new ConfigException(source + ": is not YAML: " + e.getMessage());
    }
  }

  private static YamlTree convert(Node node, String source, Path base) {
    int line = node.getStartMark().map(mark -> mark.getLine() + 1).orElse(1);
    Origin origin = new Origin(source + ":" + line, base);
    if (node instanceof MappingNode mapping) {
      Map<String, YamlTree> entries = new LinkedHashMap<>();
      for (NodeTuple tuple : mapping.getValue()) {
        String key = ((ScalarNode) tuple.getKeyNode()).getValue();
        if (entries.put(key, convert(tuple.getValueNode(), source, base)) != null) {
          throw new ConfigException(origin.place() + ": the key " + key + " stands twice");
        }
      }
      return new Mapping(entries, origin);
    }
    if (node instanceof SequenceNode sequence) {
      List<YamlTree> items = new ArrayList<>();
      sequence.getValue().forEach(item -> items.add(convert(item, source, base)));
      return new Sequence(items, origin);
    }
    return new Scalar(scalar((ScalarNode) node), origin);
  }

  private static Object scalar(ScalarNode node) {
    String text = node.getValue();
    if (node.getTag().equals(Tag.NULL)) {
      return null;
    }
    if (node.getTag().equals(Tag.BOOL)) {
      return Boolean.parseBoolean(text);
    }
    try {
      if (node.getTag().equals(Tag.INT)) {
        return Long.decode(text);
      }
      if (node.getTag().equals(Tag.FLOAT)) {
        return Double.valueOf(text);
      }
    } catch (NumberFormatException e) {
      return text; // Too large, or .inf: no key takes it, and the text shows in the message.
    }
    return text;
  }

  /**
   * Puts a command line's {@code path=value} in place; the path must lead through what is there.
   */
  static void set(Mapping root, String assignment, Path base) {
    String source = "--set " + assignment;
    int equals = assignment.indexOf('=');
    if (equals < 1) {
      throw new ConfigException(source + ": expected --set key=value, as in training.epochs=3");
    }
    YamlTree value = parse(assignment.substring(equals + 1), source, base);
    value =
        value instanceof Scalar scalar
            ? new Scalar(scalar.value(), new Origin(source, base))
            : value;
    YamlTree at = root;
    Matcher step = STEP.matcher(assignment.substring(0, equals));
    int end = 0;
    while (step.find() && step.start() == end) {
      end = step.end();
      boolean last = end == equals;
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
                        old instanceof Mapping || old instanceof Sequence
                            ? old
                            : new Mapping(new LinkedHashMap<>(), origin));
      } else if (at instanceof Sequence sequence && step.group("index") != null) {
        int index = Integer.parseInt(step.group("index"));
        if (index >= sequence.items().size()) {
          throw new ConfigException(
              source + ": there is no item " + index + "; the list has " + sequence.items().size());
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
