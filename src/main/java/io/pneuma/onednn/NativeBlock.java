package io.pneuma.onednn;

import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/** Native memory on a cache line's boundary, all zeros, under JavaCPP's limits. */
public final class NativeBlock implements AutoCloseable {
  private static final long ALIGNMENT = 64;

  private final BytePointer memory;
  private final long start;

  /** Takes so much memory. */
  public NativeBlock(long bytes) {
    memory = new BytePointer(bytes + ALIGNMENT);
    memory.retainReference(); // Beyond any scope of its maker's.
    start = Math.floorMod(-memory.address(), ALIGNMENT);
    Pointer.memset(memory, 0, bytes + ALIGNMENT);
  }

  /** The address so many bytes behind the start. */
  public BytePointer at(long offset) {
    return memory.getPointer(start + offset);
  }

  @Override
  public void close() {
    memory.releaseReference();
  }
}
