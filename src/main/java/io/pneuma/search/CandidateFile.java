package io.pneuma.search;

import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.annotation.PropertyAccessor;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.pneuma.run.RunException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * The finished candidates of a search, one JSON object a line, each on disk before {@link #append}
 * returns. A line that an interruption cut short is dropped when the file is opened.
 */
final class CandidateFile implements AutoCloseable {
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .visibility(PropertyAccessor.ALL, Visibility.NONE)
          .visibility(PropertyAccessor.FIELD, Visibility.ANY)
          .visibility(PropertyAccessor.CREATOR, Visibility.ANY)
          .enable(DeserializationFeature.USE_LONG_FOR_INTS) // as recipes have them
          .build();

  private final Path file;
  private final FileChannel channel;
  private final List<CandidateRecord> records = new ArrayList<>();

  private CandidateFile(Path file, FileChannel channel) throws IOException {
    this.file = file;
    this.channel = channel;
    read();
  }

  /**
   * Opens the file, making it when it is not there.
   *
   * @throws RunException when it is damaged or another search writes it
   */
  static CandidateFile open(Path file) {
    try {
      FileChannel channel =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
      try {
        return new CandidateFile(file, channel);
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
    } catch (IOException e) {
      throw new RunException(file + ": cannot be opened: " + e.getMessage(), e);
    }
  }

  private void read() throws IOException {
    lock();
    ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(channel.size()));
    while (bytes.hasRemaining() && channel.read(bytes, bytes.position()) >= 0) {}
    int end = bytes.position();
    while (end > 0 && bytes.get(end - 1) != '\n') {
      end--;
    }
    channel.truncate(end);
    channel.position(end);
    String text = new String(bytes.array(), 0, end, StandardCharsets.UTF_8);
    for (String line : text.lines().toList()) {
      try {
        records.add(JSON.readValue(line, CandidateRecord.class));
      } catch (JsonProcessingException e) {
        throw new RunException(
            file + ": line " + (records.size() + 1) + " is damaged: " + e.getOriginalMessage(), e);
      }
    }
  }

  private void lock() throws IOException {
    FileLock lock;
    try {
      lock = channel.tryLock(); // Held until the channel closes.
    } catch (OverlappingFileLockException e) {
      lock = null;
    }
    if (lock == null) {
      throw new RunException(file + ": another search is writing it; end that first");
    }
  }

  /** Adds a candidate; it is on disk when this returns. */
  synchronized void append(CandidateRecord candidate) throws IOException {
    byte[] line = (JSON.writeValueAsString(candidate) + "\n").getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes = ByteBuffer.wrap(line);
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
    channel.force(true);
    records.add(candidate);
  }

  /** All candidates so far, in the order in which they finished. */
  synchronized List<CandidateRecord> records() {
    return List.copyOf(records);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
