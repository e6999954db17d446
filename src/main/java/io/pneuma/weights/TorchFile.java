package io.pneuma.weights;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * A file that torch.save wrote. Its pickle is read with closed lists of operations and names, so
 * nothing that it names is run; the tensors stay where they lie.
 */
final class TorchFile implements WeightsFile {
  /** The pickle of ResNet152, saved whole, has 0.2 MB; the older format adds its sources. */
  static final int LONGEST_PICKLE = 64_000_000;

  private final MappedFile bytes;
  private final State state;

  /** Tensors, each with its storage's first byte in the file. */
  record State(Map<String, TorchTensor> tensors, Map<String, Long> positions) {
    /** Finds each tensor's storage and refuses what does not lie within it. */
    static State of(FileBytes bytes, Map<String, TorchTensor> tensors, TorchStorage.Places places)
        throws WeightsException {
      Map<String, Long> positions = new LinkedHashMap<>();
      for (Map.Entry<String, TorchTensor> entry : tensors.entrySet()) {
        entry.getValue().check(bytes, entry.getKey());
        positions.put(entry.getKey(), places.position(entry.getValue().storage()));
      }
      return new State(tensors, positions);
    }

    /** The tensor, or null when there is none of that key. */
    Tensor tensor(FileBytes bytes, String key) throws WeightsException {
      TorchTensor tensor = tensors.get(key);
      return tensor == null ? null : tensor.read(bytes, key, positions.get(key));
    }
  }

  /** The bytes become the opened file's, to close; they stay the caller's when it is refused. */
  TorchFile(MappedFile bytes, State state) {
    this.bytes = bytes;
    this.state = state;
  }

  static int checkPickle(FileBytes bytes, long length) throws WeightsException {
    if (length > LONGEST_PICKLE) {
      throw new WeightsException(
          bytes.file(),
          "has a pickle of " + length + " bytes; at most " + LONGEST_PICKLE + " are read");
    }
    return (int) length;
  }

  @Override
  public String format() {
    return "torch";
  }

  @Override
  public Set<String> keys() {
    return Collections.unmodifiableSet(state.tensors().keySet());
  }

  @Override
  public Map<String, String> metadata() {
    return Map.of();
  }

  @Override
  public Tensor tensor(String key) throws WeightsException {
    Tensor tensor = state.tensor(bytes, key);
    if (tensor == null) {
      throw WeightsException.noTensor(bytes.file(), key);
    }
    return tensor;
  }

  @Override
  public void close() throws WeightsException {
    bytes.close();
  }
}
