package io.pneuma.inference;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Places for arrays in one block of memory, shared by those that are not needed together. */
public final class Packing {
  private static final long ALIGNMENT = 64; // A cache line; streaming stores want it.

  /** An array of so many bytes, needed from one point in time to another, both included. */
  public record Life(long bytes, int first, int last) {
    boolean meets(Life other) {
      return first <= other.last && other.first <= last;
    }
  }

  private record Placed(Life life, long start) {}

  private final long[] offsets;
  private long end;

  /** The largest first, each at the lowest place where it meets nobody. */
  public Packing(List<Life> lives) {
    offsets = new long[lives.size()];
    List<Integer> largestFirst = new ArrayList<>();
    for (int i = 0; i < offsets.length; i++) {
      largestFirst.add(i);
    }
    largestFirst.sort(Comparator.comparingLong(i -> -lives.get(i).bytes));
    List<Placed> placed = new ArrayList<>(); // By start.
    for (int i : largestFirst) {
      Life life = lives.get(i);
      for (Placed other : placed) {
        if (!life.meets(other.life)) {
          continue;
        }
        if (offsets[i] + life.bytes <= other.start) {
          break;
        }
        offsets[i] = Math.max(offsets[i], aligned(other.start + other.life.bytes));
      }
      placed.add(new Placed(life, offsets[i]));
      placed.sort(Comparator.comparingLong(Placed::start));
      end = Math.max(end, aligned(offsets[i] + life.bytes));
    }
  }

  private static long aligned(long bytes) {
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  /** Where an array starts, by its place in the list. */
  public long offset(int array) {
    return offsets[array];
  }

  /** Bytes of the whole block. */
  public long bytes() {
    return end;
  }
}
