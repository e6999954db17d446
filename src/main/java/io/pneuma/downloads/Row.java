package io.pneuma.downloads;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** One mapping of the table of sources; what is missing, odd or left over is a bug of the table. */
final class Row {
  private final Map<?, ?> values;
  private final Set<String> used = new HashSet<>();

  Row(Object values) {
    if (!(values instanceof Map<?, ?> mapping)) {
      throw new IllegalStateException("sources.yaml: " + values + " is no mapping");
    }
    this.values = mapping;
  }

  boolean has(String key) {
    used.add(key);
    return values.containsKey(key);
  }

  Object value(String key) {
    if (!has(key)) {
      throw new IllegalStateException("sources.yaml: " + values + " has no " + key);
    }
    return values.get(key);
  }

  String text(String key) {
    if (value(key) instanceof String text && !text.isBlank()) {
      return text;
    }
    throw new IllegalStateException("sources.yaml: " + key + " is no text in " + values);
  }

  String oneOf(String key, Set<String> known) {
    String word = text(key);
    if (!known.contains(word)) {
      throw new IllegalStateException("sources.yaml: " + key + " " + word + " is none of " + known);
    }
    return word;
  }

  Set<String> texts(String key) {
    Set<String> texts = new LinkedHashSet<>();
    for (Object text : (List<?>) value(key)) {
      texts.add((String) text);
    }
    return texts;
  }

  List<Row> rows(String key) {
    List<Row> rows = new ArrayList<>();
    for (Object row : (List<?>) value(key)) {
      rows.add(new Row(row));
    }
    return rows;
  }

  /** To be called when all has been read. */
  void close() {
    if (!used.containsAll(values.keySet())) {
      throw new IllegalStateException("sources.yaml: a key is unknown in " + values);
    }
  }
}
