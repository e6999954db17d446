package io.pneuma.weights;

import static io.pneuma.weights.WeightsException.quote;
import static io.pneuma.weights.WeightsException.shorten;

import io.pneuma.weights.PickleNames.Global;
import io.pneuma.weights.PickleNames.Kind;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Makes the values that a pickle of torch describes: plain data, whatever the pickle says. */
final class TorchValues {
  /** DenseNet201, saved whole, needs 0.1 million; each may cost some hundred bytes of memory. */
  static final int MOST_OPERATIONS = 1_000_000;

  /** Names in a file are shorter; longer ones could make every map of them slow. */
  static final int LONGEST_KEY = 1000;

  private static final String REMEDY =
      "; if you trust the file, load it in Python and torch.save its state_dict()";

  private final FileBytes bytes;
  private final Map<String, TorchStorage> storages = new HashMap<>();
  private int operations = 0;

  /** The bytes are those of the file that messages name and that no storage may exceed. */
  TorchValues(FileBytes bytes) {
    this.bytes = bytes;
  }

  FileBytes bytes() {
    return bytes;
  }

  /** The storages that pickles have named so far, by key. */
  Map<String, TorchStorage> storages() {
    return storages;
  }

  /** The listed name; any other is refused by name. */
  Global find(String module, String name) throws WeightsException {
    return PickleNames.named(module, name)
        .orElseThrow(
            () ->
                refused(
                    "refuses "
                        + shorten(module + "." + name)
                        + ": it is not on the list of names that weights need"
                        + REMEDY));
  }

  /** What calling a listed name gives. */
  Object make(Global type, Object[] arguments) throws WeightsException {
    return switch (type.kind()) {
      case DICT -> dict(arguments);
      case SET -> {
        Set<Object> set = new LinkedHashSet<>();
        if (arguments.length > 0) {
          addAll(set, as(Collection.class, arguments[0]));
        }
        yield set;
      }
      case SIZE -> as(Object[].class, arguments[0]);
      case TENSOR -> tensor(arguments);
      case PARAMETER -> as(TorchTensor.class, arguments[0]);
      case OBJECT -> new TorchObject(type.name());
      case STORAGE -> throw refused("makes a " + type.name() + ", which torch never does");
    };
  }

  /** An OrderedDict: empty, or, from Python 2, of pairs. */
  private Map<Object, Object> dict(Object[] arguments) throws WeightsException {
    Map<Object, Object> dict = new LinkedHashMap<>(0);
    if (arguments.length > 0) {
      for (Object pair : asList(arguments[0])) {
        charge(1);
        List<Object> keyAndValue = asList(pair);
        put(dict, keyAndValue.get(0), keyAndValue.get(1));
      }
    }
    return dict;
  }

  /** Gives an object its state. */
  void build(Object state, Object target) throws WeightsException {
    if (target instanceof TorchObject object) {
      if (state instanceof Map<?, ?> map) { // Numbers of numpy have a tuple, which nobody needs.
        object.build(map);
      }
    } else if (!(target instanceof Map && state instanceof Map)) { // A state_dict's _metadata.
      throw refused("fills something that is neither a module nor a state_dict");
    }
  }

  private TorchTensor tensor(Object[] arguments) throws WeightsException {
    TorchStorage storage = as(TorchStorage.class, arguments[0]);
    long offset = number(arguments[1]);
    long[] shape = numbers(as(Object[].class, arguments[2]));
    long[] strides = numbers(as(Object[].class, arguments[3]));
    if (shape.length != strides.length) {
      throw refused(
          "has a tensor of " + shape.length + " dimensions with " + strides.length + " strides");
    }
    return new TorchTensor(storage, offset, shape, strides);
  }

  /**
   * What stands in the pickle for something outside of it: ("storage", type, key, device, count),
   * in the older format with a view (key, start, count) or None behind it; or ("module", class,
   * file, source).
   */
  Object persistent(Object[] id) throws WeightsException {
    if (id[0].equals("module")) {
      return as(Global.class, id[1]);
    } else if (!id[0].equals("storage")) {
      throw refused("refers to something that is neither a storage nor a module");
    }
    Global type = as(Global.class, id[1]);
    if (type.kind() != Kind.STORAGE) {
      throw refused("takes " + type.name() + " for a storage");
    }
    String key = as(String.class, id[2]);
    checkKey(key);
    long count = number(id[4]);
    Object[] view =
        id.length > 5 && id[5] != null ? as(Object[].class, id[5]) : new Object[] {key, 0, count};
    TorchStorage storage =
        new TorchStorage(type.dtype(), key, count, number(view[1]), number(view[2]));
    if (count > bytes.size() / type.dtype().width()
        || storage.viewCount() > count
        || storage.viewStart() > count - storage.viewCount()) {
      throw refused("announces more elements than it holds for the storage " + quote(key));
    }
    storages.putIfAbsent(key, storage);
    return storage;
  }

  @SuppressWarnings("unchecked") // The pickle's maps and sets take any objects.
  void put(Map<?, ?> dict, Object key, Object value) throws WeightsException {
    checkKey(key);
    Map<Object, Object> target = (Map<Object, Object>) dict;
    int before = target.size();
    target.put(key, value);
    if (target.size() == before) {
      throw refused("has the key " + quote(String.valueOf(key)) + " twice in one dict");
    }
  }

  @SuppressWarnings("unchecked")
  void addAll(Object set, Collection<?> members) throws WeightsException {
    charge(members.size());
    for (Object member : members) {
      checkKey(member);
      ((Set<Object>) as(Set.class, set)).add(member);
    }
  }

  /** Only keys whose hash is quick: a list that holds itself has none. */
  private void checkKey(Object key) throws WeightsException {
    if (key instanceof String text && text.length() > LONGEST_KEY) {
      throw refused("has a key of " + text.length() + " characters: " + quote(text));
    } else if (key instanceof Collection || key instanceof Map) {
      throw refused("has a list, set or dict for a key");
    }
  }

  /** Counts what has been done; a pickle that goes on too long is refused. */
  void charge(int work) throws WeightsException {
    operations += work;
    if (operations > MOST_OPERATIONS || operations < 0) {
      throw refused("has a pickle of more than " + MOST_OPERATIONS + " operations" + REMEDY);
    }
  }

  private long[] numbers(Object[] values) throws WeightsException {
    if (values.length > TorchTensor.MOST_DIMENSIONS) {
      throw refused("has a tensor of " + values.length + " dimensions");
    }
    long[] numbers = new long[values.length];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = number(values[i]);
    }
    return numbers;
  }

  private long number(Object value) throws WeightsException {
    if (!(value instanceof Integer || value instanceof Long) || ((Number) value).longValue() < 0) {
      throw refused("has a pickle with something else where a size or an offset must be");
    }
    return ((Number) value).longValue();
  }

  @SuppressWarnings("unchecked") // The pickle's lists take any objects.
  List<Object> asList(Object value) throws WeightsException {
    return as(ArrayList.class, value);
  }

  <T> T as(Class<T> type, Object value) throws WeightsException {
    if (!type.isInstance(value)) {
      throw refused(
          "has a pickle with "
              + (value == null ? "None" : "a " + value.getClass().getSimpleName())
              + " where a "
              + type.getSimpleName()
              + " must be");
    }
    return type.cast(value);
  }

  WeightsException refused(String problem) {
    return new WeightsException(bytes.file(), problem);
  }
}
