package io.pneuma.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Reads a checkout's commit from its files, so that git need not be installed, or that of a package
 * from the file that {@code ./run.sh package} wrote.
 */
final class GitHead {
  private static final Pattern COMMIT = Pattern.compile("([0-9a-f]{40}|[0-9a-f]{64})(\\+dirty)?");
  private static final String PACKAGED = "commit";

  private GitHead() {}

  /**
   * The commit, of a package with {@code +dirty} where it was made of more, or null; a repository
   * further up is somebody else's and is not asked.
   */
  static String commit(Path home) {
    try {
      if (Files.exists(home.resolve(PACKAGED))) {
        return known(Files.readString(home.resolve(PACKAGED)).strip());
      }
      Path git = home.resolve(".git");
      if (Files.isRegularFile(git)) { // A worktree: the file points to its part of the repository.
        git = home.resolve(after("gitdir:", Files.readString(git)));
      }
      String head = Files.readString(git.resolve("HEAD")).strip();
      return known(head.startsWith("ref:") ? resolve(git, after("ref:", head)) : head);
    } catch (IOException | InvalidPathException e) {
      return null; // No checkout, or one of a kind not known here.
    }
  }

  private static String known(String commit) {
    return COMMIT.matcher(commit).matches() ? commit : null;
  }

  private static String resolve(Path git, String reference) throws IOException {
    Path common = git.resolve("commondir");
    Path shared =
        Files.exists(common) ? git.resolve(Files.readString(common).strip()).normalize() : git;
    for (Path folder : new Path[] {git, shared}) {
      if (Files.isRegularFile(folder.resolve(reference))) {
        return Files.readString(folder.resolve(reference)).strip();
      }
    }
    try (Stream<String> packed = Files.lines(shared.resolve("packed-refs"))) {
      return packed
          .filter(line -> line.endsWith(" " + reference))
          .map(line -> line.substring(0, line.indexOf(' ')))
          .findFirst()
          .orElse("");
    }
  }

  private static String after(String prefix, String line) {
    return line.startsWith(prefix) ? line.substring(prefix.length()).strip() : "";
  }
}
