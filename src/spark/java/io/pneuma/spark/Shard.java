package io.pneuma.spark;

import io.pneuma.features.FeatureBank;
import io.pneuma.features.FeatureMaker;
import io.pneuma.images.ImagePipeline;
import io.pneuma.images.ImageView;
import java.io.IOException;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * Some views and the features of them that a bank lacks: a task, and the file that it leaves. The
 * file's name tells all that its content depends on, so that it does not matter which of several
 * attempts wrote it, nor when.
 *
 * <p>The file: the name in binary, for each backbone a row of floats for each view wanted of it,
 * all little-endian, and the CRC-32C of all that.
 */
final class Shard implements Serializable {
  private static final long serialVersionUID = 1;

  private static final int NAME_BYTES = 32;

  private final SentViews views;
  private final List<Integer> widths;
  private final BitSet wanted; // Backbone after backbone, of each a bit for each view.
  private final byte[] name;

  private Shard(SentViews views, List<Integer> widths, BitSet wanted, byte[] name) {
    this.views = views;
    this.widths = widths;
    this.wanted = wanted;
    this.name = name;
  }

  /** What a bank lacks of some views. */
  static Shard of(FeatureBank bank, List<ImageView> views) {
    List<Integer> widths = bank.widths();
    BitSet wanted = new BitSet();
    MessageDigest digest = sha256();
    bank.keys().forEach(key -> digest.update((key + "\0").getBytes(StandardCharsets.UTF_8)));
    for (int i = 0; i < views.size(); i++) {
      ImageView view = views.get(i);
      StringBuilder line = new StringBuilder();
      line.append(view.image().sha256()).append(' ').append(view.view());
      for (int backbone = 0; backbone < widths.size(); backbone++) {
        boolean lacks = bank.lacks(backbone, view);
        wanted.set(backbone * views.size() + i, lacks);
        line.append(lacks ? " 1" : " 0");
      }
      digest.update(line.append('\n').toString().getBytes(StandardCharsets.UTF_8));
    }
    return new Shard(new SentViews(views), List.copyOf(widths), wanted, digest.digest());
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // Every Java has it.
    }
  }

  /** Of the file. */
  String name() {
    return HexFormat.of().formatHex(name) + ".shard";
  }

  List<ImageView> views() {
    return views.views();
  }

  private boolean isWanted(int backbone, int view) {
    return wanted.get(backbone * views().size() + view);
  }

  /** Where the features of a backbone stand in the file. */
  private int offset(int backbone) {
    int offset = NAME_BYTES;
    for (int i = 0; i < backbone; i++) {
      int count = wanted.get(i * views().size(), (i + 1) * views().size()).cardinality();
      offset += count * widths.get(i) * Float.BYTES;
    }
    return offset;
  }

  private int length() {
    return offset(widths.size()) + Integer.BYTES;
  }

  /** Computes the file's content. */
  byte[] compute(FeatureMaker maker, ImagePipeline pipeline) throws IOException {
    ByteBuffer file = ByteBuffer.allocate(length()).order(ByteOrder.LITTLE_ENDIAN);
    file.put(name);
    int[] at = new int[widths.size()];
    for (int backbone = 0; backbone < at.length; backbone++) {
      at[backbone] = offset(backbone);
    }
    Map<ImageView, Integer> places = new HashMap<>();
    for (int i = 0; i < views().size(); i++) {
      places.put(views().get(i), i);
    }
    maker.make(
        views(),
        pipeline,
        (backbone, view) -> isWanted(backbone, places.get(view)),
        (backbone, view, row) -> {
          int bytes = row.remaining() * Float.BYTES;
          file.slice(at[backbone], bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(row);
          at[backbone] += bytes;
        },
        done -> {});
    file.putInt(length() - Integer.BYTES, checksum(file));
    return file.array();
  }

  /** Whether bytes are this shard's file, whole and undamaged. */
  boolean isWhole(byte[] bytes) {
    ByteBuffer file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    return bytes.length == length()
        && MessageDigest.isEqual(name, Arrays.copyOf(bytes, NAME_BYTES))
        && file.getInt(length() - Integer.BYTES) == checksum(file);
  }

  private static int checksum(ByteBuffer file) {
    CRC32C crc = new CRC32C();
    crc.update(file.slice(0, file.capacity() - Integer.BYTES));
    return (int) crc.getValue();
  }

  /** Gives a whole file's features, the views in their order. */
  void give(byte[] bytes, FeatureMaker.Sink sink) throws IOException {
    ByteBuffer file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int backbone = 0; backbone < widths.size(); backbone++) {
      int at = offset(backbone);
      int width = widths.get(backbone);
      for (int i = 0; i < views().size(); i++) {
        if (isWanted(backbone, i)) {
          ByteBuffer row = file.slice(at, width * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
          FloatBuffer floats = row.asFloatBuffer();
          sink.accept(backbone, views().get(i), floats);
          at += width * Float.BYTES;
        }
      }
    }
  }
}
