package io.pneuma.downloads;

import io.pneuma.weights.AtomicFile;
import io.pneuma.weights.Digest;
import io.pneuma.weights.WeightsException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * A folder of fetched files, safe for any number of processes. A file that a user put there by hand
 * is checked like one that was fetched.
 */
public final class FileStore {
  private static final Duration STALL = Duration.ofSeconds(30);

  private final Path folder;
  private final Duration stall;

  /** The store in that folder, which is made when something is fetched. */
  public FileStore(Path folder) {
    this(folder, STALL);
  }

  /** The weights of a cache, which holds all that may be fetched or computed again. */
  public static FileStore weights(Path cacheFolder) {
    return new FileStore(cacheFolder.resolve("weights"));
  }

  /** With another limit of how long a server may say nothing. */
  FileStore(Path folder, Duration stall) {
    this.folder = folder.toAbsolutePath().normalize();
    this.stall = stall;
  }

  /** The folder, absolute. */
  public Path folder() {
    return folder;
  }

  /** Where the file is, or would be. */
  public Path fileOf(RemoteFile file) {
    return folder.resolve(file.fileName());
  }

  /**
   * True when there is a file of that name; {@link #verified} tells whether it is the right one.
   */
  public boolean isThere(RemoteFile file) {
    return Files.isRegularFile(fileOf(file));
  }

  /** Bytes of a download that was interrupted; 0 when there is none. */
  public long partial(RemoteFile file) {
    return new Partial(file, fileOf(file)).path().toFile().length();
  }

  /**
   * The file, after its size and digest have been compared with those known. Where no whole digest
   * is published, the one seen first is kept beside the file, and the file must keep it.
   *
   * @throws WeightsException when it is not there, or is another; says what to do
   */
  public Path verified(RemoteFile file) throws WeightsException {
    Path path = fileOf(file);
    if (!isThere(file)) {
      throw new WeightsException(path, "no such file; fetch it with " + file.fetchedBy());
    }
    try {
      long size = Files.size(path);
      if (file.size().isPresent() && size != file.size().getAsLong()) {
        throw wrong(file, "has " + size + " bytes; expected " + file.size().getAsLong());
      }
      String digest = Digest.sha256(path);
      if (!file.accepts(digest)) {
        throw wrong(file, "has sha256 " + digest + "; expected " + file.expectedDigest());
      }
      keepDigest(file, digest);
      return path;
    } catch (WeightsException e) {
      throw e;
    } catch (IOException e) {
      throw new WeightsException(path, "cannot be read: " + e, e);
    }
  }

  /**
   * The file, fetched if it is not there, and checked in any case.
   *
   * @throws WeightsException when it cannot be had, or a file of that name is another; says what to
   *     do
   */
  public Path fetch(RemoteFile file, FetchListener listener) throws WeightsException {
    if (isThere(file)) {
      return verified(file);
    }
    Path path = fileOf(file);
    try {
      return fetchAlone(file, listener);
    } catch (WeightsException e) {
      throw e;
    } catch (IOException e) {
      throw new WeightsException(path, "cannot be written: " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new WeightsException(
          path, "the download was interrupted; " + file.fetchedBy() + " goes on with it", e);
    }
  }

  @SuppressWarnings("try") // The lock is held, not used.
  private Path fetchAlone(RemoteFile file, FetchListener listener)
      throws IOException, InterruptedException {
    Path path = fileOf(file);
    Files.createDirectories(folder);
    Path lock = path.resolveSibling(path.getFileName() + ".lock");
    Runnable waiting =
        () -> listener.line(path + ": is being fetched by another process; waiting for it");
    try (FetchLock taken = FetchLock.take(lock, waiting)) {
      if (isThere(file)) {
        return verified(file);
      }
      keepDigest(file, new Download(file, path, stall, listener).run());
      return path;
    }
  }

  /** The digest kept beside a file of which no whole one is published. */
  public Optional<String> firstSeen(RemoteFile file) throws WeightsException {
    Path note = note(file);
    try {
      return Files.isRegularFile(note)
          ? Optional.of(Files.readString(note).strip())
          : Optional.empty();
    } catch (IOException e) {
      throw new WeightsException(note, "cannot be read: " + e, e);
    }
  }

  /** Keeps the digest where no whole one is published, or compares it with the one kept. */
  private void keepDigest(RemoteFile file, String digest) throws IOException {
    if (file.isPinned()) {
      return;
    }
    Optional<String> first = firstSeen(file);
    if (first.isEmpty()) {
      byte[] text = (digest + "\n").getBytes(StandardCharsets.US_ASCII);
      AtomicFile.write(note(file), channel -> channel.write(ByteBuffer.wrap(text)));
    } else if (!first.get().equals(digest)) {
      throw new WeightsException(
          fileOf(file),
          "has changed: has sha256 "
              + digest
              + ", but had "
              + first.get()
              + " when it was first seen; if you trust the new one, delete "
              + note(file));
    }
  }

  private Path note(RemoteFile file) {
    return folder.resolve(file.fileName() + ".sha256");
  }

  private WeightsException wrong(RemoteFile file, String problem) {
    return new WeightsException(
        fileOf(file),
        problem
            + "; it is not the file published at "
            + file.url()
            + ": delete it, then "
            + file.fetchedBy()
            + " fetches it again");
  }
}
