package io.pneuma.weights;

import static io.pneuma.weights.WeightsException.quote;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What torch.save wrote before 1.6: five pickles (a magic number, the protocol, the system, the
 * object, the storages' keys), then for each key a 64-bit count and as many elements.
 */
final class TorchLegacy {
  private static final BigInteger MAGIC = new BigInteger("1950a86a20f9469cfc6c", 16);
  private static final String MAGIC_BYTES = "l\u00fc\u009cF\u00f9 j\u00a8P\u0019";
  private static final long PROTOCOL = 1001;

  private TorchLegacy() {}

  /** True for the first bytes, as characters, of such a file. */
  static boolean begins(String start) {
    return start.startsWith("\u0080") && start.contains(MAGIC_BYTES);
  }

  static TorchFile.State read(FileBytes bytes) throws WeightsException {
    // Where the pickles end is known only when they have been read.
    long most = Math.min(TorchFile.LONGEST_PICKLE, bytes.size());
    ByteBuffer pickles = bytes.slice(0, (int) most);
    TorchValues values = new TorchValues(bytes);
    TorchUnpickler unpickler = new TorchUnpickler(values);
    if (!MAGIC.equals(unpickler.read(pickles))) {
      throw new WeightsException(bytes.file(), "has another magic number than torch.save writes");
    }
    if (!(unpickler.read(pickles) instanceof Number protocol) || protocol.longValue() != PROTOCOL) {
      throw new WeightsException(
          bytes.file(), "has another protocol than torch.save's " + PROTOCOL);
    }
    if (!(unpickler.read(pickles) instanceof Map<?, ?> system)
        || !Boolean.TRUE.equals(system.get("little_endian"))) {
      throw new WeightsException(
          bytes.file(), "was not written on a little-endian machine; expected little_endian: True");
    }
    Object object = unpickler.read(pickles);
    if (!(unpickler.read(pickles) instanceof List<?> keys)) {
      throw new WeightsException(bytes.file(), "has no list of its storages' keys");
    }
    Map<String, TorchTensor> tensors = StateDict.find(bytes.file(), object);
    Map<String, Long> positions = positions(bytes, pickles.position(), keys, values.storages());
    return TorchFile.State.of(
        bytes,
        tensors,
        storage -> {
          Long position = positions.get(storage.key());
          TorchStorage known = values.storages().get(storage.key());
          if (position == null || known.length() != storage.length()) {
            throw new WeightsException(
                bytes.file(), "has no storage " + quote(storage.key()) + " of the size announced");
          }
          return position;
        });
  }

  private static Map<String, Long> positions(
      FileBytes bytes, long start, List<?> keys, Map<String, TorchStorage> storages)
      throws WeightsException {
    Map<String, Long> positions = new HashMap<>();
    long position = start;
    for (Object key : keys) {
      TorchStorage storage = key instanceof String ? storages.get(key) : null;
      if (storage == null) {
        String shown = key instanceof String name ? quote(name) : "whose key is no text";
        throw new WeightsException(
            bytes.file(), "has a storage " + shown + " that no tensor has announced");
      }
      long count = bytes.slice(position, Long.BYTES).getLong();
      if (count != storage.count()) {
        throw new WeightsException(
            bytes.file(),
            "announces "
                + storage.count()
                + " elements for the storage "
                + quote(storage.key())
                + ", which has "
                + count);
      }
      position += Long.BYTES;
      bytes.check(position, storage.length());
      if (positions.put(storage.key(), position) != null) {
        throw new WeightsException(
            bytes.file(), "has the storage " + quote(storage.key()) + " twice");
      }
      position += storage.length();
    }
    if (position < bytes.size()) {
      throw new WeightsException(
          bytes.file(), bytes.size() - position + " bytes at the file's end belong to no storage");
    }
    return positions;
  }
}
