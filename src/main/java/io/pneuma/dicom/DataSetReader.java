package io.pneuma.dicom;

import io.pneuma.dicom.DataSet.Element;
import io.pneuma.dicom.DataSet.Range;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Reads elements (PS3.5, 7.1). Whatever is said of lengths is held against the bytes that are
 * there; sequences are looked into where their end cannot be told otherwise, or when asked for.
 */
final class DataSetReader {
  private static final int DEEPEST = 16;
  private static final long UNDEFINED = 0xFFFFFFFFL;

  /** Value representations whose length has 32 bits (PS3.5, 7.1.2). */
  static final Set<String> LONG =
      Set.of("OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV");

  private final byte[] bytes;
  private final ByteBuffer data;
  private final boolean explicit;
  private final boolean bigEndian;
  private int end;

  DataSetReader(byte[] bytes, int from, int to, boolean explicit, boolean bigEndian) {
    this.bytes = bytes;
    this.data =
        ByteBuffer.wrap(bytes).order(bigEndian ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
    this.explicit = explicit;
    this.bigEndian = bigEndian;
    this.end = to;
    data.position(from);
  }

  /** Within a sequence. */
  DataSetReader(byte[] bytes, Element sequence) {
    this(bytes, sequence.from(), sequence.to(), sequence.explicit(), sequence.bigEndian());
  }

  int position() {
    return data.position();
  }

  /** The group of the next element; -1 at the end. */
  int nextGroup() {
    return data.position() + 2 <= end ? data.getShort(data.position()) & 0xFFFF : -1;
  }

  DataSet all() throws DicomException {
    DataSet set = new DataSet(bytes);
    while (data.position() < end && !isPadding()) {
      set.add(element(0));
    }
    return set;
  }

  /** Whether nothing but zeros follows, as where a file was filled up to whole blocks. */
  private boolean isPadding() {
    for (int at = data.position(); at < end; at++) {
      if (data.get(at) != 0) {
        return false;
      }
    }
    return true;
  }

  /** One element, with what lies within; the position moves past it. */
  Element element(int depth) throws DicomException {
    int tag = tag();
    String vr = "  ";
    long length;
    if (explicit && tag >>> 16 != 0xFFFE) {
      vr = new String(bytes, require(2), 2, StandardCharsets.ISO_8859_1);
      data.position(data.position() + 2);
      if (!vr.matches("[A-Z]{2}")) {
        throw broken("an element has no value representation");
      }
      if (LONG.contains(vr)) {
        require(6);
        data.getShort();
        length = data.getInt() & UNDEFINED;
      } else {
        require(2);
        length = data.getShort() & 0xFFFF;
      }
    } else {
      require(4);
      length = data.getInt() & UNDEFINED;
    }
    if (length != UNDEFINED) {
      int from = data.position();
      if (length > end - from) {
        throw broken("an element ends after the file does; it is truncated");
      }
      data.position(from + (int) length);
      return new Element(tag, vr, from, data.position(), explicit, bigEndian, null);
    }
    if (tag == Tag.PIXELS) {
      return fragments(vr);
    }
    // Of an unknown representation the items are implicit and little-endian (PS3.5, 6.2.2, note).
    boolean unknown = vr.equals("UN");
    DataSetReader within =
        unknown ? new DataSetReader(bytes, data.position(), end, false, false) : this;
    int from = data.position();
    int to = within.skipItems(depth + 1);
    data.position(within.position());
    return new Element(tag, vr, from, to, within.explicit, within.bigEndian, null);
  }

  /** Moves past items and the delimiter, and tells where that begins. */
  private int skipItems(int depth) throws DicomException {
    if (depth > DEEPEST) {
      throw broken("its sequences are nested too deep");
    }
    while (true) {
      int before = data.position();
      if (itemOrEnd() == Tag.SEQUENCE_END) {
        return before;
      }
      item(new DataSet(bytes), depth);
    }
  }

  /** The items up to the end. */
  List<DataSet> items() throws DicomException {
    List<DataSet> items = new ArrayList<>();
    while (data.position() < end) {
      if (itemOrEnd() == Tag.SEQUENCE_END) {
        break;
      }
      DataSet item = new DataSet(bytes);
      item(item, 0);
      items.add(item);
    }
    return items;
  }

  private int itemOrEnd() throws DicomException {
    int tag = tag();
    if (tag != Tag.ITEM && tag != Tag.SEQUENCE_END) {
      throw broken("a sequence holds what is no item");
    }
    require(4);
    if (tag == Tag.SEQUENCE_END && data.getInt() != 0) {
      throw broken("the end of a sequence has a length");
    }
    return tag;
  }

  /** The elements of an item, whose length comes next. */
  private void item(DataSet item, int depth) throws DicomException {
    long length = data.getInt() & UNDEFINED;
    if (length == UNDEFINED) {
      while (true) {
        require(8);
        if (peekTag() == Tag.ITEM_END) {
          data.position(data.position() + 8);
          return;
        }
        item.add(element(depth));
      }
    }
    if (length > end - data.position()) {
      throw broken("an item ends after what holds it");
    }
    int outer = end;
    end = data.position() + (int) length;
    while (data.position() < end) {
      item.add(element(depth));
    }
    end = outer;
  }

  /** Encapsulated pixels (PS3.5, A.4). */
  private Element fragments(String vr) throws DicomException {
    List<Range> fragments = new ArrayList<>();
    int from = data.position();
    while (itemOrEnd() == Tag.ITEM) {
      long length = data.getInt() & UNDEFINED;
      if (length > end - data.position()) {
        throw broken("its pixels end after the file does; it is truncated");
      }
      int start = data.position();
      data.position(start + (int) length);
      fragments.add(new Range(start, data.position()));
    }
    return new Element(
        Tag.PIXELS, vr, from, data.position(), explicit, bigEndian, List.copyOf(fragments));
  }

  private int tag() throws DicomException {
    require(4);
    int tag = peekTag();
    data.position(data.position() + 4);
    return tag;
  }

  private int peekTag() {
    int at = data.position();
    return (data.getShort(at) << 16) | (data.getShort(at + 2) & 0xFFFF);
  }

  /** Where as many bytes begin, which must be there. */
  private int require(int count) throws DicomException {
    if (end - data.position() < count) {
      throw broken("it ends within an element; it is truncated");
    }
    return data.position();
  }

  /** Bytes that are no element may be of a name: none is repeated. */
  private DicomException broken(String why) {
    return new DicomException("is broken at byte %d: %s".formatted(data.position(), why));
  }
}
