package io.pneuma.weights;

import java.util.Arrays;
import java.util.Random;

/** Changes a few bytes of a file, the way that finds what a reader takes for granted. */
final class Mutation {
  private static final int[] TELLING = {
    0,
    1,
    -1,
    2,
    63,
    64,
    65,
    127,
    128,
    255,
    256,
    65535,
    65536,
    1 << 30,
    Integer.MAX_VALUE - 8,
    Integer.MAX_VALUE,
    Integer.MIN_VALUE
  };
  private static final int LONGEST_PIECE = 24;

  private final Random random;
  private final byte[][] pieces;

  /** Pieces are put in whole. */
  Mutation(Random random, byte[]... pieces) {
    this.random = random;
    this.pieces = pieces;
  }

  /** Another version of the bytes, changed between {@code from} and {@code until}. */
  byte[] of(byte[] bytes, int from, int until) {
    int at = from + random.nextInt(until - from);
    int end = Math.min(until, at + 1 + random.nextInt(LONGEST_PIECE));
    byte[] changed = bytes.clone();
    switch (random.nextInt(8)) {
      case 0 -> changed[at] ^= (byte) (1 << random.nextInt(8));
      case 1 -> changed[at] = (byte) random.nextInt(256);
      case 2 -> changed[at] = (byte) TELLING[random.nextInt(TELLING.length)];
      case 3 -> {
        int number = TELLING[random.nextInt(TELLING.length)];
        for (int i = at; i < Math.min(until, at + Integer.BYTES); i++) {
          changed[i] = (byte) (number >> (8 * (i - at)));
        }
      }
      case 4 -> changed = join(bytes, at, new byte[0], end);
      case 5 -> changed = join(bytes, end, Arrays.copyOfRange(bytes, at, end), end);
      case 6 -> changed = join(bytes, at, pieces[random.nextInt(pieces.length)], at);
      default -> changed = join(bytes, at, pieces[random.nextInt(pieces.length)], end);
    }
    return changed;
  }

  private static byte[] join(byte[] bytes, int end, byte[] middle, int start) {
    byte[] joined = Arrays.copyOf(bytes, end + middle.length + bytes.length - start);
    System.arraycopy(middle, 0, joined, end, middle.length);
    System.arraycopy(bytes, start, joined, end + middle.length, bytes.length - start);
    return joined;
  }
}
