package io.pneuma.weights;

import static io.pneuma.weights.WeightsException.quote;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Finds the one state dict in what torch saved: the object itself, or one entry of a checkpoint; a
 * module's is what its state_dict() would give.
 */
final class StateDict {
  private static final String DATA_PARALLEL = "module.";
  private static final int MOST_SHOWN = 10;
  private static final int LARGEST_CHECKPOINT = 1000;

  /** Limits on modules, since a hostile module may hold itself; DenseNet201 has 2119 names. */
  private static final int MOST_ENTRIES = 20_000;

  private static final int DEEPEST_MODULE = 64;

  private final Path file;
  private final Map<String, TorchTensor> tensors = new LinkedHashMap<>();
  private int entries = 0;

  private StateDict(Path file) {
    this.file = file;
  }

  /**
   * The tensors by key, in order.
   *
   * @param object what the pickle describes
   */
  static Map<String, TorchTensor> find(Path file, Object object) throws WeightsException {
    Object found = isStateDict(object) ? object : onlyEntry(file, object);
    StateDict state = new StateDict(file);
    if (found instanceof TorchObject module) {
      state.walk(module, "", 0);
    } else {
      for (Map.Entry<?, ?> entry : ((Map<?, ?>) found).entrySet()) {
        if (!(entry.getKey() instanceof String key)) {
          throw new WeightsException(
              file, "has a state dict with the key " + entry.getKey() + ", which is no text");
        }
        state.tensors.put(key, (TorchTensor) entry.getValue());
      }
    }
    if (state.tensors.isEmpty()) {
      throw new WeightsException(file, "holds a module without parameters");
    }
    return state.withoutDataParallel();
  }

  private static boolean isStateDict(Object object) {
    return object instanceof TorchObject module
        ? module.get("_modules") instanceof Map
        : object instanceof Map<?, ?> dict
            && !dict.isEmpty()
            && dict.values().stream().allMatch(TorchTensor.class::isInstance);
  }

  private static Object onlyEntry(Path file, Object object) throws WeightsException {
    if (!(object instanceof Map<?, ?> checkpoint)) {
      throw new WeightsException(
          file, "holds " + describe(object) + "; expected a state dict or a module");
    }
    List<? extends Map.Entry<?, ?>> others =
        checkpoint.entrySet().stream()
            .filter(entry -> !(entry.getValue() instanceof TorchTensor))
            .toList();
    int tensors = checkpoint.size() - others.size();
    if (tensors == 0 && others.size() <= LARGEST_CHECKPOINT) {
      List<?> found =
          others.stream().map(Map.Entry::getValue).filter(StateDict::isStateDict).toList();
      if (found.size() == 1) {
        return found.get(0);
      }
    }
    String shown =
        others.stream()
            .limit(MOST_SHOWN)
            .map(entry -> quote(String.valueOf(entry.getKey())) + ": " + describe(entry.getValue()))
            .collect(Collectors.joining(", "));
    throw new WeightsException(
        file,
        "expected a dict of tensors, or one entry that is a dict of tensors or a module; found "
            + (checkpoint.isEmpty() ? "an empty dict" : "")
            + (tensors > 0 ? tensors + " tensors beside " : "")
            + shown
            + (others.size() > MOST_SHOWN ? " and " + (others.size() - MOST_SHOWN) + " more" : ""));
  }

  private static String describe(Object object) {
    if (object == null) {
      return "None";
    } else if (object instanceof Map<?, ?> dict) {
      long held = dict.values().stream().filter(TorchTensor.class::isInstance).count();
      return held > 0 && held == dict.size()
          ? "a dict of " + held + " tensors"
          : "a dict of " + dict.size() + " entries, " + held + " of them tensors";
    } else if (object instanceof TorchTensor) {
      return "a tensor";
    } else if (object instanceof TorchObject other) {
      return "a " + other.name();
    } else if (object instanceof String) {
      return "a text";
    } else if (object instanceof Number || object instanceof Boolean) {
      return "a number";
    }
    return object instanceof Collection || object instanceof Object[] ? "a list" : "something else";
  }

  /** Own parameters, own buffers, then the children, as torch does. */
  private void walk(TorchObject module, String prefix, int depth) throws WeightsException {
    if (depth > DEEPEST_MODULE) {
      throw new WeightsException(
          file, "has modules within modules, more than " + DEEPEST_MODULE + " deep");
    }
    Object passing = module.get("_non_persistent_buffers_set");
    for (String field : new String[] {"_parameters", "_buffers", "_modules"}) {
      for (Map.Entry<?, ?> entry : fields(module, field).entrySet()) {
        String key = prefix + entry.getKey();
        if (++entries > MOST_ENTRIES || key.length() > TorchValues.LONGEST_KEY) {
          throw new WeightsException(
              file, "has more or longer names of modules than any network: " + quote(key));
        }
        Object value = entry.getValue();
        boolean isPassing = passing instanceof Set<?> set && set.contains(entry.getKey());
        if (value instanceof TorchTensor tensor && !field.equals("_modules")) {
          if (!(isPassing && field.equals("_buffers"))) {
            tensors.put(key, tensor);
          }
        } else if (value instanceof TorchObject child && field.equals("_modules")) {
          walk(child, key + ".", depth + 1);
        } else if (value != null) {
          throw new WeightsException(
              file, "has a module whose " + field + " " + quote(key) + " is " + describe(value));
        }
      }
    }
  }

  private Map<?, ?> fields(TorchObject module, String field) throws WeightsException {
    if (!(module.get(field) instanceof Map<?, ?> fields)) {
      throw new WeightsException(file, "has a " + module.name() + " without " + field);
    }
    return fields;
  }

  private Map<String, TorchTensor> withoutDataParallel() {
    List<String> keys = new ArrayList<>(tensors.keySet());
    if (!keys.stream().allMatch(key -> key.startsWith(DATA_PARALLEL))) {
      return tensors;
    }
    Map<String, TorchTensor> stripped = new LinkedHashMap<>();
    tensors.forEach((key, tensor) -> stripped.put(key.substring(DATA_PARALLEL.length()), tensor));
    return stripped;
  }
}
