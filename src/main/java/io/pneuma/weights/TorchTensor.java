package io.pneuma.weights;

import static io.pneuma.weights.WeightsException.quote;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A tensor as the pickle announces it: element (i, j, ...) is the storage's element {@code offset +
 * i * strides[0] + j * strides[1] + ...}.
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared, never handed out.
record TorchTensor(TorchStorage storage, long offset, long[] shape, long[] strides) {
  /** Torch's own limit. */
  static final int MOST_DIMENSIONS = 64;

  /** Number of elements. */
  long size() {
    return Arrays.stream(shape).reduce(1, Math::multiplyExact);
  }

  /** Refuses a tensor with an element outside its storage. */
  void check(FileBytes bytes, String key) throws WeightsException {
    try {
      if (size() > storage.viewCount() || end() > storage.viewCount() || offset < 0) {
        throw broken(
            bytes, key, "does not lie within its storage of " + storage.viewCount() + " elements");
      }
    } catch (ArithmeticException e) {
      throw broken(bytes, key, "has a size that overflows 64 bits");
    }
  }

  private WeightsException broken(FileBytes bytes, String key, String problem) {
    return new WeightsException(
        bytes.file(),
        "tensor "
            + quote(key)
            + " "
            + problem
            + ": offset "
            + offset
            + ", shape "
            + Arrays.toString(shape)
            + ", strides "
            + Arrays.toString(strides));
  }

  /** One past the storage's last element that is an element of this tensor. */
  private long end() {
    if (size() == 0) {
      return 0;
    }
    long last = offset;
    for (int i = 0; i < shape.length; i++) {
      last = Math.addExact(last, Math.multiplyExact(shape[i] - 1, strides[i]));
    }
    return Math.addExact(last, 1);
  }

  /**
   * The elements in C order: a view of the file where they lie so, else a copy.
   *
   * @param position of the storage's first byte in the file
   */
  Tensor read(FileBytes bytes, String key, long position) throws WeightsException {
    int width = storage.dtype().width();
    long span = size() == 0 ? 0 : end() - offset;
    if (span * width > Integer.MAX_VALUE) {
      throw WeightsException.tooLarge(bytes.file(), key);
    }
    long start = position + (storage.viewStart() + (span == 0 ? 0 : offset)) * width;
    ByteBuffer source = bytes.slice(start, (int) (span * width));
    ByteBuffer data = isContiguous() ? source : gather(source, (int) size(), width);
    return new Tensor(bytes.file(), key, storage.dtype(), shape.clone(), data);
  }

  private boolean isContiguous() {
    long expected = 1;
    for (int i = shape.length - 1; i >= 0; i--) {
      if (shape[i] != 1 && strides[i] != expected) {
        return size() == 0;
      }
      expected *= shape[i];
    }
    return true;
  }

  private ByteBuffer gather(ByteBuffer source, int size, int width) {
    ByteBuffer gathered = ByteBuffer.allocate(size * width).order(ByteOrder.LITTLE_ENDIAN);
    long[] index = new long[shape.length];
    long at = 0;
    for (int i = 0; i < size; i++) {
      gathered.put(i * width, source, (int) at * width, width);
      for (int d = shape.length - 1; d >= 0; d--) {
        at += strides[d];
        if (++index[d] < shape[d]) {
          break;
        }
        at -= strides[d] * shape[d];
        index[d] = 0;
      }
    }
    return gathered;
  }
}
