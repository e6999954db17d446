package io.pneuma.weights;

import static io.pneuma.weights.WeightsException.quote;

import io.pneuma.weights.ZipEntries.Place;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The zip that torch.save has written since 1.6: {@code NAME/data.pkl}, a storage in each {@code
 * NAME/data/KEY}, perhaps {@code NAME/byteorder}.
 */
final class TorchZip {
  private static final String PICKLE = "/data.pkl";
  private static final int LONGEST_BYTE_ORDER = 16;

  private TorchZip() {}

  static boolean isIn(ZipEntries zip) {
    return zip.names().stream().anyMatch(name -> name.endsWith(PICKLE));
  }

  static TorchFile.State read(FileBytes bytes, ZipEntries zip) throws WeightsException {
    List<String> pickles = zip.names().stream().filter(name -> name.endsWith(PICKLE)).toList();
    if (pickles.size() != 1) {
      throw new WeightsException(
          bytes.file(), "has " + pickles.size() + " entries */data.pkl; expected one");
    }
    String root = pickles.get(0).substring(0, pickles.get(0).length() - PICKLE.length());
    if (zip.names().contains(root + "/constants.pkl")) {
      throw new WeightsException(
          bytes.file(),
          "is a TorchScript program; in Python, torch.save the state_dict() of torch.jit.load(it)");
    }
    checkByteOrder(bytes, zip, root + "/byteorder");
    Place place = zip.place(pickles.get(0));
    ByteBuffer pickle = bytes.slice(place.position(), TorchFile.checkPickle(bytes, place.length()));
    Object object = new TorchUnpickler(new TorchValues(bytes)).read(pickle);
    return TorchFile.State.of(
        bytes,
        StateDict.find(bytes.file(), object),
        storage -> {
          Place data = zip.place(root + "/data/" + storage.key());
          if (data.length() != storage.length()) {
            throw new WeightsException(
                bytes.file(),
                "announces "
                    + storage.length()
                    + " bytes for the storage "
                    + quote(storage.key())
                    + ", whose zip entry has "
                    + data.length());
          }
          return data.position();
        });
  }

  private static void checkByteOrder(FileBytes bytes, ZipEntries zip, String name)
      throws WeightsException {
    if (!zip.names().contains(name)) {
      return; // Versions before 2.0 did not say; what they ran on was little-endian.
    }
    Place place = zip.place(name);
    byte[] order = new byte[(int) Math.min(LONGEST_BYTE_ORDER, place.length())];
    bytes.slice(place.position(), order.length).get(order);
    String text = new String(order, StandardCharsets.US_ASCII);
    if (!text.equals("little")) {
      throw new WeightsException(
          bytes.file(), "has the byte order " + quote(text) + "; expected \"little\"");
    }
  }
}
