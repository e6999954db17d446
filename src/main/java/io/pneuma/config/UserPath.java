package io.pneuma.config;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.spi.FileSystemProvider;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Paths as people write them: of this machine, or with scheme and host as in {@code
 * hdfs://HOST:PORT/FOLDER}, which is taken as it stands, without percent-encoding.
 */
public final class UserPath {
  private static final String HOME = "~";

  /** The shortest is of two letters; one letter is a drive of Windows. */
  private static final Pattern URI_TEXT =
      Pattern.compile("([a-zA-Z][a-zA-Z0-9+.-]+)://([^/]*)(/.*)?", Pattern.DOTALL);

  private UserPath() {}

  /**
   * The path as a text tells it, relative where the text is.
   *
   * @throws InvalidPathException when the text is no path, or of a file system that this program
   *     was not built with
   */
  public static Path written(String text) {
    Matcher uri = URI_TEXT.matcher(text);
    if (!uri.matches()) {
      return Path.of(text);
    }
    if (isElsewhere(text)) {
      throw new InvalidPathException(
          text,
          "this Pneuma knows no file system %s; called with --spark MASTER it has those of Hadoop"
              .formatted(uri.group(1)));
    }
    String path = uri.group(3) == null ? "/" : uri.group(3);
    try {
      String authority = uri.group(2).isEmpty() ? null : uri.group(2);
      return Path.of(new URI(uri.group(1), authority, path, null, null));
    } catch (URISyntaxException | IllegalArgumentException e) {
      throw new InvalidPathException(text, e.getMessage());
    }
  }

  /**
   * The absolute path that a run wrote down; one of a file system that this program was not built
   * with leads nowhere.
   */
  public static Path recorded(String text) {
    return isElsewhere(text) ? Path.of(text) : written(text);
  }

  /** Whether a text is of a file system that this program was not built with. */
  static boolean isElsewhere(String text) {
    Matcher uri = URI_TEXT.matcher(text);
    return uri.matches()
        && FileSystemProvider.installedProviders().stream()
            .noneMatch(provider -> provider.getScheme().equalsIgnoreCase(uri.group(1)));
  }

  /** Whether a path is of this machine, as its system sees it. */
  public static boolean isLocal(Path path) {
    return path.getFileSystem().equals(FileSystems.getDefault());
  }

  /**
   * The absolute path that a text means: {@code ~} is the home, and {@code link/..} the folder
   * above what the link points to, as the system sees it.
   *
   * @param base the absolute folder that a relative path starts from
   * @throws InvalidPathException when the text is no path, or of a file system that this program
   *     was not built with
   */
  public static Path of(Path base, String text) {
    Path path = written(text);
    if (!isLocal(path)) {
      return path.normalize();
    }
    if (!isLocal(base)) {
      return URI_TEXT.matcher(text).matches() ? path : base.resolve(text).normalize();
    }
    String first = path.getNameCount() == 0 ? "" : path.getName(0).toString();
    if (!path.isAbsolute() && first.equals(HOME)) {
      Path home = Path.of(System.getProperty("user.home"));
      path = path.getNameCount() == 1 ? home : home.resolve(path.subpath(1, path.getNameCount()));
    } else if (!path.isAbsolute() && first.startsWith(HOME) && !Files.exists(base.resolve(path))) {
      throw new InvalidPathException(
          text, "only ~ alone stands for a home; write the path in full");
    }
    return withoutDots(base.resolve(path));
  }

  private static Path withoutDots(Path path) {
    Path at = path.getRoot();
    for (Path name : path) {
      switch (name.toString()) {
        case ".", "" -> {}
        case ".." -> {
          Path above = (Files.isSymbolicLink(at) ? target(at) : at).getParent();
          at = above == null ? at : above;
        }
        default -> at = at.resolve(name);
      }
    }
    return at;
  }

  private static Path target(Path link) {
    try {
      return link.toRealPath();
    } catch (IOException e) {
      return link; // It points nowhere; whoever opens the path will say so.
    }
  }
}
