package io.pneuma.dicom;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** The elements of a data set, or of an item of a sequence (PS3.5, 7). */
final class DataSet {
  /** Decimal strings (PS3.5, 6.2: DS). */
  private static final Pattern DECIMAL =
      Pattern.compile("[+-]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d{1,3})?");

  /**
   * An element where it lies.
   *
   * @param vr the value representation; two blanks where the encoding names none
   * @param explicit how the items within are encoded
   * @param fragments of encapsulated pixels, the offset table first; null for all other elements
   */
  record Element(
      int tag,
      String vr,
      int from,
      int to,
      boolean explicit,
      boolean bigEndian,
      List<Range> fragments) {
    int length() {
      return to - from;
    }
  }

  /** Bytes from the first to before the second. */
  record Range(int from, int to) {}

  private final byte[] bytes;
  private final Map<Integer, Element> elements = new TreeMap<>(Integer::compareUnsigned);

  DataSet(byte[] bytes) {
    this.bytes = bytes;
  }

  void add(Element element) throws DicomException {
    if (elements.put(element.tag(), element) != null) {
      throw new DicomException(
          "is broken at byte %d: the element before is there twice".formatted(element.to()));
    }
  }

  Optional<Element> element(int tag) {
    return Optional.ofNullable(elements.get(tag));
  }

  /** All elements, by their tags. */
  List<Element> elements() {
    return List.copyOf(elements.values());
  }

  /** Whether there is an element, and not an empty one. */
  boolean has(int tag) {
    return element(tag).filter(element -> element.length() > 0).isPresent();
  }

  /** The bytes of an element in the order of its encoding. */
  ByteBuffer buffer(Element element) {
    return ByteBuffer.wrap(bytes, element.from(), element.length())
        .slice()
        .order(element.bigEndian() ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
  }

  byte[] bytes() {
    return bytes;
  }

  /** The first of an element's texts, without padding; empty where there is none. */
  String text(int tag) {
    List<String> texts = texts(tag);
    return texts.isEmpty() ? "" : texts.get(0);
  }

  private List<String> texts(int tag) {
    if (!has(tag)) {
      return List.of();
    }
    Element element = elements.get(tag);
    String all =
        new String(bytes, element.from(), element.length(), StandardCharsets.ISO_8859_1)
            .replace('\0', ' ');
    List<String> texts = new ArrayList<>();
    for (String text : all.split("\\\\", -1)) {
      texts.add(text.strip());
    }
    return texts;
  }

  /** The first number of decimal strings. */
  Optional<Double> decimal(int tag) throws DicomException {
    String text = text(tag);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    if (!DECIMAL.matcher(text).matches() || !Double.isFinite(Double.parseDouble(text))) {
      throw new DicomException("is broken: " + Codes.tag(tag) + " is no number");
    }
    return Optional.of(Double.parseDouble(text));
  }

  /** A number of 16 bits, from 0. */
  Optional<Integer> unsigned(int tag) throws DicomException {
    return has(tag) ? Optional.of(unsigned(tag, 0)) : Optional.empty();
  }

  /** One of several numbers of 16 bits, from 0. */
  int unsigned(int tag, int index) throws DicomException {
    Element element = required(tag);
    if (element.length() < 2 * (index + 1)) {
      throw new DicomException("is broken: " + Codes.tag(tag) + " is too short");
    }
    return buffer(element).getShort(2 * index) & 0xFFFF;
  }

  Element required(int tag) throws DicomException {
    if (!has(tag)) {
      throw new DicomException("is no whole DICOM image: it has no " + Codes.tag(tag));
    }
    return elements.get(tag);
  }

  /** The items of a sequence; none where there is none. */
  List<DataSet> items(int tag) throws DicomException {
    return has(tag) ? new DataSetReader(bytes, elements.get(tag)).items() : List.of();
  }
}
