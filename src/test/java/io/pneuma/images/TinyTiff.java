package io.pneuma.images;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** A TIFF of 16 x 16 pixels, all of the same bytes, whose tags are the test's own. */
final class TinyTiff {
  private static final int SIDE = 16;
  private final List<int[]> entries = new ArrayList<>();
  private int further = 0;

  TinyTiff(int bits) {
    tag(256, SIDE).tag(257, SIDE).tag(258, bits).tag(259, 1).tag(262, 1);
    tag(273, 0).tag(278, SIDE).tag(279, SIDE * SIDE * bits / 8);
  }

  /** Adds a tag with one short value, or takes the place of the one that is there. */
  TinyTiff tag(int tag, int value) {
    entries.removeIf(entry -> entry[0] == tag);
    entries.add(new int[] {tag, value});
    return this;
  }

  /** Lets a second directory follow, which is the first once more. */
  TinyTiff andAnother() {
    further = 8;
    return this;
  }

  byte[] bytes() {
    entries.sort((a, b) -> Integer.compare(a[0], b[0]));
    int pixels = 8 + 2 + 12 * entries.size() + 4;
    int size = entries.stream().filter(e -> e[0] == 279).findFirst().orElseThrow()[1];
    ByteBuffer tiff = ByteBuffer.allocate(pixels + size).order(ByteOrder.LITTLE_ENDIAN);
    tiff.put((byte) 'I').put((byte) 'I').putShort((short) 42).putInt(8);
    tiff.putShort((short) entries.size());
    for (int[] entry : entries) {
      tiff.putShort((short) entry[0]).putShort((short) 3).putInt(1);
      tiff.putInt(entry[0] == 273 ? pixels : entry[1]);
    }
    tiff.putInt(further);
    while (tiff.hasRemaining()) {
      tiff.put((byte) 0x40);
    }
    return tiff.array();
  }
}
