package io.pneuma.spark;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Makes bytes of records, and records of them on another machine. Java serialises neither paths nor
 * optional values; others stand for them in the bytes.
 */
final class Packet {
  private Packet() {}

  static byte[] pack(Serializable content) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (Out out = new Out(bytes)) {
      out.writeObject(content);
    }
    return bytes.toByteArray();
  }

  /** What was packed by the driver. */
  static Object unpack(byte[] packet) throws IOException {
    try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(packet))) {
      return in.readObject();
    } catch (ClassNotFoundException e) {
      throw new IOException("the executors have another Pneuma than the driver: " + e, e);
    }
  }

  private static final class Out extends ObjectOutputStream {
    Out(OutputStream out) throws IOException {
      super(out);
      enableReplaceObject(true);
    }

    @Override
    protected Object replaceObject(Object object) {
      if (object instanceof Path path) {
        return new SentPath(path.toUri().toString());
      }
      if (object instanceof Optional<?> value) {
        return new SentOptional(value.orElse(null));
      }
      if (object instanceof OptionalDouble value) {
        return new SentDouble(value.orElse(Double.NaN), value.isPresent());
      }
      return object;
    }
  }

  private record SentPath(String uri) implements Serializable {
    private Object readResolve() {
      return Path.of(URI.create(uri));
    }
  }

  private record SentOptional(Object value) implements Serializable {
    private Object readResolve() {
      return Optional.ofNullable(value);
    }
  }

  private record SentDouble(double value, boolean there) implements Serializable {
    private Object readResolve() {
      return there ? OptionalDouble.of(value) : OptionalDouble.empty();
    }
  }
}
