package io.pneuma.downloads;

import java.net.URI;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/**
 * A file to fetch, and what is known of it beforehand.
 *
 * @param fileName its name in the cache
 * @param url over https; plain http for this machine alone
 * @param size exact number of bytes, where known
 * @param sha256 the digest in hexadecimal, whole or its first 8 or more digits; empty where none is
 *     published
 * @param fetchedBy what a user does to fetch and check it, as in {@code ./run.sh weights fetch
 *     resnet18-imagenet}
 */
public record RemoteFile(
    String fileName, URI url, OptionalLong size, Optional<String> sha256, String fetchedBy) {
  static final int WHOLE_DIGEST = 64;
  private static final Pattern HEX = Pattern.compile("[0-9a-f]{8," + WHOLE_DIGEST + "}");
  private static final Pattern SAFE_NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,200}");
  private static final Pattern THIS_MACHINE = Pattern.compile("localhost|127\\.0\\.0\\.1|\\[::1]");

  /** Checks that the address is safe and the digest possible. */
  public RemoteFile {
    String scheme = String.valueOf(url.getScheme()).toLowerCase(Locale.ROOT);
    String host = String.valueOf(url.getHost()).toLowerCase(Locale.ROOT);
    boolean local = scheme.equals("http") && THIS_MACHINE.matcher(host).matches();
    if (url.getHost() == null || !(scheme.equals("https") || local)) {
      throw new IllegalArgumentException(url + ": expected an address that begins with https://");
    }
    if (!SAFE_NAME.matcher(fileName).matches()) {
      throw new IllegalArgumentException(fileName + ": is no plain file name");
    }
    sha256 = sha256.map(digest -> digest.toLowerCase(Locale.ROOT));
    if (sha256.isPresent() && !HEX.matcher(sha256.get()).matches()) {
      throw new IllegalArgumentException(
          sha256.get()
              + ": expected the "
              + WHOLE_DIGEST
              + " hexadecimal digits of a sha256, or at least its first 8");
    }
    if (size.isPresent() && size.getAsLong() <= 0) {
      throw new IllegalArgumentException(size.getAsLong() + ": expected a size in bytes");
    }
  }

  /** A file known by its address and its whole digest, which names it in the cache. */
  public static RemoteFile of(URI url, String sha256) {
    if (sha256.length() != WHOLE_DIGEST) {
      throw new IllegalArgumentException(
          sha256 + ": expected the " + WHOLE_DIGEST + " hexadecimal digits of a sha256");
    }
    String path = String.valueOf(url.getPath());
    String extension = path.replaceFirst("^.*?((?:\\.[A-Za-z0-9]{1,16})?)$", "$1");
    return new RemoteFile(
        sha256.toLowerCase(Locale.ROOT) + extension,
        url,
        OptionalLong.empty(),
        Optional.of(sha256),
        "the same command");
  }

  /** How much of the digest is published, in a word or two. */
  public String checksum() {
    return sha256.isEmpty() ? "none" : isPinned() ? "full" : "prefix only";
  }

  /** True when the whole digest is known. */
  public boolean isPinned() {
    return sha256.isPresent() && sha256.get().length() == WHOLE_DIGEST;
  }

  /** True when that digest is not known to be a wrong one. */
  boolean accepts(String digest) {
    return sha256.isEmpty() || digest.startsWith(sha256.get());
  }

  /** What the digest should be, for messages. */
  String expectedDigest() {
    return sha256
        .map(digest -> isPinned() ? "sha256 " + digest : "sha256 beginning with " + digest)
        .orElse("no checksum published");
  }
}
