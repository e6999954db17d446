package io.pneuma.downloads;

import io.pneuma.weights.AtomicFile;
import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What has come of a file so far, {@code FILE.partial}, and beside it where it comes from: the
 * address, and the ETag if the server gave one that tells one version from another.
 */
final class Partial {
  private static final Pattern STRONG_ETAG = Pattern.compile("\"[!#-~]{1,200}\"");

  private final RemoteFile file;
  private final Path bytes;
  private final Path origin;

  Partial(RemoteFile file, Path target) {
    this.file = file;
    this.bytes = target.resolveSibling(target.getFileName() + ".partial");
    this.origin = target.resolveSibling(target.getFileName() + ".partial.origin");
  }

  Path path() {
    return bytes;
  }

  /**
   * Number of bytes that a download may go on from. Without an ETag and without a digest nobody
   * could tell whether the rest belongs to them, and they are thrown away.
   */
  long usable() throws IOException {
    if (!Files.isRegularFile(bytes)) {
      return 0;
    }
    long length = Files.size(bytes);
    boolean sameAddress =
        Files.isRegularFile(origin) && lines().stream().anyMatch(file.url().toString()::equals);
    boolean checkable = etag().isPresent() || file.sha256().isPresent();
    boolean fits = file.size().isEmpty() || length <= file.size().getAsLong();
    if (!sameAddress || !checkable || !fits) {
      delete();
      return 0;
    }
    return length;
  }

  /** The ETag that the bytes came with. */
  Optional<String> etag() throws IOException {
    return lines().stream().filter(line -> STRONG_ETAG.matcher(line).matches()).findFirst();
  }

  /** Begins from nothing. */
  FileChannel begin(URI address, Optional<String> etag) throws IOException {
    delete();
    String known = etag.filter(tag -> STRONG_ETAG.matcher(tag).matches()).orElse("");
    Files.writeString(origin, address + "\n" + known + "\n");
    return FileChannel.open(bytes, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
  }

  /** Goes on at the end. */
  FileChannel append() throws IOException {
    return FileChannel.open(bytes, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
  }

  void delete() throws IOException {
    Files.deleteIfExists(bytes);
    Files.deleteIfExists(origin);
  }

  void moveTo(Path target) throws IOException {
    AtomicFile.moveIntoPlace(bytes, target);
    Files.deleteIfExists(origin);
  }

  private List<String> lines() throws IOException {
    return Files.isRegularFile(origin) ? Files.readAllLines(origin) : List.of();
  }
}
