package io.pneuma.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** Paths as people write them. */
public final class UserPath {
  private static final String HOME = "~";

  private UserPath() {}

  /**
   * The absolute path that a text means: {@code ~} is the home, and {@code link/..} the folder
   * above what the link points to, as the system sees it.
   *
   * @param base the absolute folder that a relative path starts from
   * @throws InvalidPathException when the text is no path
   */
  public static Path of(Path base, String text) {
    Path path = Path.of(text);
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
