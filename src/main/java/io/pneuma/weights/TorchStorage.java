package io.pneuma.weights;

/**
 * A run of elements that tensors share, as the pickle announces it; not longer than the file.
 *
 * @param key its name in the file
 * @param count elements that the file holds under the key
 * @param viewStart first element of those that this storage shows
 * @param viewCount how many it shows
 */
record TorchStorage(DType dtype, String key, long count, long viewStart, long viewCount) {

  /** Bytes that the file holds under the key. */
  long length() {
    return count * dtype.width();
  }

  /** Finds storages in a file. */
  interface Places {
    /** The byte of the file at which the storage's first element lies. */
    long position(TorchStorage storage) throws WeightsException;
  }
}
