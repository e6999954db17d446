package io.pneuma.downloads;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Keeps a file to one fetcher at a time, among threads and processes; freed when one dies. */
final class FetchLock implements AutoCloseable {
  private static final long MILLIS_BETWEEN_TRIES = 50;

  private final FileChannel channel;

  private FetchLock(FileChannel channel) {
    this.channel = channel;
  }

  /**
   * Waits for the lock.
   *
   * @param waiting called once if another holds it
   */
  static FetchLock take(Path lock, Runnable waiting) throws IOException, InterruptedException {
    FileChannel channel =
        FileChannel.open(lock, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
    try {
      for (boolean told = false; !isLocked(channel); told = true) {
        if (!told) {
          waiting.run();
        }
        Thread.sleep(MILLIS_BETWEEN_TRIES);
      }
      FetchLock taken = new FetchLock(channel);
      channel = null; // Now the lock's, to close.
      return taken;
    } finally {
      if (channel != null) {
        channel.close();
      }
    }
  }

  private static boolean isLocked(FileChannel channel) throws IOException {
    try {
      FileLock taken = channel.tryLock();
      return taken != null; // It is freed with its channel.
    } catch (OverlappingFileLockException e) {
      return false; // A thread of this process holds it.
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
