package io.pneuma.cli;

import io.pneuma.config.ConfigException;
import io.pneuma.images.FilesThere;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A pattern of names that the shell has left to the program, because it was quoted or because that
 * shell expands none: {@code *}, {@code ?}, {@code [a-c]}, {@code {a,b}}, and {@code **} for any
 * folders or none.
 */
final class Glob {
  private static final Pattern SPECIAL = Pattern.compile("[*?\\[{]");

  private Glob() {}

  /** Whether a text is a pattern; what is there under that very name is none. */
  static boolean isOne(String text) {
    return SPECIAL.matcher(text).find() && !isThere(text);
  }

  private static boolean isThere(String text) {
    try {
      return Files.exists(Verb.imagesFromCaller(Verb.written(text)));
    } catch (ConfigException e) {
      return false; // Windows has no such names.
    }
  }

  /**
   * The files and folders that a pattern matches, as far from the caller as it is, in the order of
   * their names; not what is in folders that match, and nothing hidden.
   *
   * @throws ConfigException when there are none
   */
  static List<String> matches(String text) throws IOException {
    String pattern = text.replace(FileSystems.getDefault().getSeparator(), "/");
    Matcher special = SPECIAL.matcher(pattern);
    int end = special.find() ? pattern.lastIndexOf('/', special.start()) + 1 : pattern.length();
    String base = pattern.substring(0, end);
    String rest = pattern.substring(end);
    Path from = Verb.written(base);
    Path folder = Verb.imagesFromCaller(from);
    PathMatcher matcher = matcher(text, rest);
    int depth =
        rest.contains("**")
            ? Integer.MAX_VALUE
            : (int) rest.chars().filter(c -> c == '/').count() + 1;
    List<Path> found = new ArrayList<>();
    Files.walkFileTree(
        folder,
        EnumSet.of(FileVisitOption.FOLLOW_LINKS),
        depth,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path entry, BasicFileAttributes attributes) {
            return entry.equals(folder) ? FileVisitResult.CONTINUE : visitFile(entry, attributes);
          }

          @Override
          public FileVisitResult visitFile(Path entry, BasicFileAttributes attributes) {
            Path name = folder.relativize(entry);
            if (entry.getFileName().toString().startsWith(".")) {
              return FileVisitResult.SKIP_SUBTREE;
            }
            if (matcher.matches(name)) {
              found.add(name);
              return FileVisitResult.SKIP_SUBTREE;
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path entry, IOException failure)
              throws IOException {
            if (entry.equals(folder)) {
              FilesThere.requireTold(folder);
            }
            return FileVisitResult.CONTINUE; // A link in a circle, or what may not be listed.
          }
        });
    if (found.isEmpty()) {
      throw new ConfigException(
          text + ": matches no file or folder; looked in " + (base.isEmpty() ? "." : base));
    }
    Collections.sort(found);
    return found.stream().map(name -> from.resolve(name).toString()).toList();
  }

  private static PathMatcher matcher(String text, String rest) {
    // Groups do not nest; outside them ** stands for no folder, too.
    String any = rest.contains("{") ? rest : rest.replace("**/", "{**/,}");
    try {
      return FileSystems.getDefault().getPathMatcher("glob:" + any);
    } catch (PatternSyntaxException e) {
      throw new ConfigException(text + ": is no pattern of names: " + e.getDescription());
    }
  }
}
