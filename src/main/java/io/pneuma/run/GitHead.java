package io.pneuma.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Reads a checkout's commit from its files, so that git need not be installed. */
final class GitHead {
  private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}|[0-9a-f]{64}");

  private GitHead() {}

  /** The commit, or null; a repository further up is somebody else's and is not asked. */
  static String commit(Path home) {
    try {
      Path git = home.resolve(".git");
      if (Files.isRegularFile(git)) { // A worktree: the file points to its part of the repository.
        git = home.resolve(after("gitdir:", Files.readString(git)));
      }
      String head = Files.readString(git.resolve("HEAD")).strip();
      String commit = head.startsWith("ref:") ? resolve(git, after("ref:", head)) : head;
      return COMMIT.matcher(commit).matches() ? commit : null;
    } catch (IOException | InvalidPathException e) {
      return null; // No checkout, or one of a kind not known here.
    }
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
