package io.pneuma.node;

import io.pneuma.run.Csv;
import io.pneuma.run.RunException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A table that grows by whole rows, the first cell of each being the hash of an image. A row is on
 * disk before {@link #add} returns; one that was cut short by a kill is taken away at the next
 * start. One process at a time has it.
 */
final class Ledger implements AutoCloseable {
  private final Path file;
  private final FileChannel channel;
  private final Set<String> hashes = new HashSet<>();

  private Ledger(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /**
   * Opens the table or begins it.
   *
   * @throws RunException when it is in use, or damaged
   * @throws IOException when it cannot be written
   */
  static Ledger open(Path file, List<String> header) throws IOException {
    Files.createDirectories(file.toAbsolutePath().getParent());
    FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    Ledger ledger = new Ledger(file, channel);
    try {
      ledger.read(Csv.write(List.of(header)));
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
    return ledger;
  }

  private void read(String header) throws IOException {
    if (!isOurs()) {
      throw new RunException(
          file + ": another node works with it; stop that one, or give this one a --state DIR");
    }
    byte[] bytes = Files.readAllBytes(file);
    int whole = bytes.length;
    while (whole > 0 && bytes[whole - 1] != '\n') {
      whole--;
    }
    channel.truncate(whole);
    channel.position(whole);
    String text = new String(bytes, 0, whole, StandardCharsets.UTF_8);
    if (text.isEmpty()) {
      append(header);
      return;
    }
    List<String> lines = text.lines().toList();
    if (!(lines.get(0) + "\n").equals(header)) {
      throw new RunException(
          file + ": does not begin with " + header.strip() + "; --state DIR names another place");
    }
    for (int i = 1; i < lines.size(); i++) {
      String hash = lines.get(i).replaceFirst(",.*", "");
      if (!hash.matches("[0-9a-f]{64}")) {
        throw new RunException(
            file + ": line " + (i + 1) + " is damaged; expected it to begin with a SHA-256");
      }
      hashes.add(hash);
    }
  }

  private boolean isOurs() throws IOException {
    try {
      return channel.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      return false;
    }
  }

  private void append(String row) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(row.getBytes(StandardCharsets.UTF_8));
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
    channel.force(false);
  }

  boolean contains(String hash) {
    return hashes.contains(hash);
  }

  /**
   * Adds a row.
   *
   * @param cells without line breaks
   */
  void add(String hash, List<?> cells) throws IOException {
    List<Object> row = new ArrayList<>();
    row.add(hash);
    row.addAll(cells);
    try {
      append(Csv.write(List.of(row)));
    } catch (IOException e) {
      throw new IOException(file + ": cannot be written: " + e.getMessage(), e);
    }
    hashes.add(hash);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
