package io.pneuma.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** A file that is only in memory, for mutants by the million. */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record MemoryBytes(Path file, byte[] bytes) implements FileBytes {

  @Override
  public long size() {
    return bytes.length;
  }

  @Override
  public ByteBuffer slice(long position, int length) throws WeightsException {
    check(position, length);
    return ByteBuffer.wrap(bytes)
        .slice((int) position, length)
        .asReadOnlyBuffer()
        .order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Opens it as {@link FileFormat} would a file of torch, and reads every tensor; their number. */
  int readTorch() throws WeightsException {
    String start = new String(bytes, 0, Math.min(64, bytes.length), StandardCharsets.ISO_8859_1);
    TorchFile.State state;
    if (start.startsWith("PK\3\4")) {
      state = TorchZip.read(this, ZipEntries.read(this));
    } else if (TorchLegacy.begins(start)) {
      state = TorchLegacy.read(this);
    } else {
      throw new WeightsException(file, "is no file of torch");
    }
    for (String key : state.tensors().keySet()) {
      Tensor tensor = state.tensor(this, key);
      if (tensor.dtype().isFloat() && tensor.size() > 0) {
        tensor.dtype().read(tensor.data().slice(), tensor.size() - 1);
      }
    }
    return state.tensors().size();
  }
}
