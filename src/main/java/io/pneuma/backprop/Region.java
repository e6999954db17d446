package io.pneuma.backprop;

import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;

/** A span of native memory that holds one array from its first operation to its last. */
final class Region {
  private static final int NEVER = -1;

  private final long bytes;
  private Pointer place; // Null until the tape is bound.
  private int first = NEVER;
  private int last = NEVER;

  private Region(long bytes, Pointer place) {
    this.bytes = bytes;
    this.place = place;
  }

  /** Room for an array, which the tape will find. */
  static Region of(long bytes) {
    return new Region(bytes, null);
  }

  /** An array that lies somewhere already. */
  static Region at(Pointer place) {
    return new Region(0, place);
  }

  boolean isPlaced() {
    return place != null;
  }

  void usedBy(int operation) {
    first = first == NEVER ? operation : Math.min(first, operation);
    last = Math.max(last, operation);
  }

  int first() {
    return first;
  }

  int last() {
    return last;
  }

  long bytes() {
    return bytes;
  }

  void place(Pointer found) {
    place = found;
  }

  Pointer place() {
    return place;
  }

  FloatPointer floats() {
    return new FloatPointer(place);
  }
}
