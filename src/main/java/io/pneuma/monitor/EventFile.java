package io.pneuma.monitor;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.nd4j.shade.protobuf.CodedInputStream;
import org.nd4j.shade.protobuf.CodedOutputStream;
import org.nd4j.shade.protobuf.WireFormat;
import org.tensorflow.framework.Summary;

/**
 * TensorFlow's event file: records of {@code length, masked CRC-32C of it, event, masked CRC-32C of
 * it} (tensorflow/core/lib/io/record_writer.h), each event a message of event.proto. Readers take
 * as much of it as is whole, so that it may grow while it is read.
 */
final class EventFile implements AutoCloseable {
  private static final String VERSION = "brain.Event:2";
  private static final int MASK = 0xa282ead8;

  /** Longer records than this program writes any. */
  private static final int LONGEST = 1 << 24;

  // Fields of event.proto, which ND4J's TensorFlow messages lack.
  private static final int WALL_TIME = 1;
  private static final int STEP = 2;
  private static final int FILE_VERSION = 3;
  private static final int SUMMARY = 5;

  private final FileChannel channel;

  private EventFile(FileChannel channel) {
    this.channel = channel;
  }

  /** An event of an event file; the one that tells the version has no values. */
  record Event(long step, Summary summary) {}

  /** Opens a file where its next event stands, the first where there is no such file yet. */
  static EventFile open(Path file) throws IOException {
    return new EventFile(
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE));
  }

  /** Where the next event is read or written, in bytes. */
  long position() throws IOException {
    return channel.position();
  }

  /** The next event; empty where the file ends, or no whole event follows. */
  Optional<Event> read() throws IOException {
    long start = channel.position();
    Optional<byte[]> head = bytes(12);
    if (head.isPresent()) {
      ByteBuffer numbers = little(head.get());
      long length = numbers.getLong();
      if (numbers.getInt() == masked(head.get(), 8) && length >= 0 && length <= LONGEST) {
        Optional<byte[]> event = bytes((int) length);
        Optional<byte[]> sum = bytes(4);
        if (sum.isPresent() && little(sum.get()).getInt() == masked(event.get(), (int) length)) {
          return Optional.of(parse(event.get()));
        }
      }
    }
    channel.position(start);
    return Optional.empty();
  }

  private static ByteBuffer little(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The next bytes; empty where the file has fewer. */
  private Optional<byte[]> bytes(int count) throws IOException {
    byte[] bytes = new byte[count];
    ByteBuffer into = ByteBuffer.wrap(bytes);
    while (into.hasRemaining()) {
      if (channel.read(into) < 0) {
        return Optional.empty();
      }
    }
    return Optional.of(bytes);
  }

  private static Event parse(byte[] event) throws IOException {
    CodedInputStream in = CodedInputStream.newInstance(event);
    long step = 0;
    Summary summary = Summary.getDefaultInstance();
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      switch (WireFormat.getTagFieldNumber(tag)) {
        case STEP -> step = in.readInt64();
        case SUMMARY -> summary = Summary.parseFrom(in.readByteArray());
        default -> in.skipField(tag);
      }
    }
    return new Event(step, summary);
  }

  /** Forgets all that was written from a place on, and goes on there. */
  void cut(long position) throws IOException {
    channel.truncate(position);
    channel.position(position);
  }

  /** Writes what a file begins with. */
  void writeVersion() throws IOException {
    write(0, out -> out.writeString(FILE_VERSION, VERSION));
  }

  void write(long step, Summary summary) throws IOException {
    write(step, out -> out.writeMessage(SUMMARY, summary));
  }

  /** Writes what is in an event. */
  private interface Content {
    void write(CodedOutputStream out) throws IOException;
  }

  private void write(long step, Content content) throws IOException {
    ByteArrayOutputStream event = new ByteArrayOutputStream();
    CodedOutputStream out = CodedOutputStream.newInstance(event);
    out.writeDouble(WALL_TIME, System.currentTimeMillis() / 1e3);
    out.writeInt64(STEP, step);
    content.write(out);
    out.flush();
    byte[] bytes = event.toByteArray();
    ByteBuffer record =
        ByteBuffer.allocate(bytes.length + 16).order(ByteOrder.LITTLE_ENDIAN).putLong(bytes.length);
    record.putInt(masked(record.array(), 8));
    record.put(bytes).putInt(masked(bytes, bytes.length)).flip();
    while (record.hasRemaining()) {
      channel.write(record);
    }
  }

  /** The checksum of the first bytes, turned so that one over a checksum tells something, too. */
  private static int masked(byte[] bytes, int count) {
    CRC32C sum = new CRC32C();
    sum.update(bytes, 0, count);
    return Integer.rotateRight((int) sum.getValue(), 15) + MASK;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
