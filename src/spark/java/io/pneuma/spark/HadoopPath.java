package io.pneuma.spark;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.ProviderMismatchException;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.hadoop.fs.FileStatus;

/**
 * A path of one of Hadoop's file systems. An absolute one is written as Hadoop writes it, scheme
 * and authority first and nothing percent-encoded.
 */
final class HadoopPath implements Path {
  private final HadoopFileSystem system;
  private final String path; // Absolute with a slash first.
  private final FileStatus listed;

  /** A path of plain names, with single slashes between them. */
  HadoopPath(HadoopFileSystem system, String path) {
    this(system, path, null);
  }

  private HadoopPath(HadoopFileSystem system, String path, FileStatus listed) {
    this.system = system;
    this.path = path;
    this.listed = listed;
  }

  /** What the listing that gave this path told of it; null of any other path. */
  FileStatus listed() {
    return listed;
  }

  /** An entry of this folder as it was listed. */
  HadoopPath child(FileStatus status) {
    return new HadoopPath(system, resolve(status.getPath().getName()).path, status);
  }

  /** The same as Hadoop takes it. */
  org.apache.hadoop.fs.Path hadoop() {
    String authority = system.authority().isEmpty() ? null : system.authority();
    return new org.apache.hadoop.fs.Path(
        system.provider().getScheme(), authority, toAbsolutePath().path);
  }

  private List<String> names() {
    String relative = isAbsolute() ? path.substring(1) : path;
    return relative.isEmpty() && isAbsolute() ? List.of() : List.of(relative.split("/", -1));
  }

  private HadoopPath of(boolean absolute, List<String> names) {
    return new HadoopPath(system, (absolute ? "/" : "") + String.join("/", names));
  }

  private HadoopPath own(Path other) {
    if (other instanceof HadoopPath path && path.system.equals(system)) {
      return path;
    }
    throw new ProviderMismatchException(other + " is no path of " + system.prefix());
  }

  @Override
  public HadoopFileSystem getFileSystem() {
    return system;
  }

  @Override
  public boolean isAbsolute() {
    return path.startsWith("/");
  }

  @Override
  public HadoopPath getRoot() {
    return isAbsolute() ? new HadoopPath(system, "/") : null;
  }

  @Override
  public HadoopPath getFileName() {
    return getNameCount() == 0 ? null : getName(getNameCount() - 1);
  }

  @Override
  public HadoopPath getParent() {
    int names = getNameCount();
    if (names == 0 || (names == 1 && !isAbsolute())) {
      return null;
    }
    return of(isAbsolute(), names().subList(0, names - 1));
  }

  @Override
  public int getNameCount() {
    return names().size();
  }

  @Override
  public HadoopPath getName(int index) {
    return subpath(index, index + 1);
  }

  @Override
  public HadoopPath subpath(int from, int to) {
    List<String> names = names();
    if (from < 0 || to > names.size() || from >= to) {
      throw new IllegalArgumentException(this + " has no names " + from + " to " + to);
    }
    return of(false, names.subList(from, to));
  }

  @Override
  public boolean startsWith(Path other) {
    return other instanceof HadoopPath start
        && start.system.equals(system)
        && start.isAbsolute() == isAbsolute()
        && start.getNameCount() <= getNameCount()
        && names().subList(0, start.getNameCount()).equals(start.names());
  }

  @Override
  public boolean endsWith(Path other) {
    if (!(other instanceof HadoopPath end)
        || !end.system.equals(system)
        || end.getNameCount() > getNameCount()) {
      return false;
    }
    return end.isAbsolute()
        ? equals(end)
        : names().subList(getNameCount() - end.getNameCount(), getNameCount()).equals(end.names());
  }

  @Override
  public HadoopPath normalize() {
    List<String> kept = new ArrayList<>();
    for (String name : names()) {
      boolean up = name.equals("..");
      if (up && !kept.isEmpty() && !kept.get(kept.size() - 1).equals("..")) {
        kept.remove(kept.size() - 1);
      } else if (!name.equals(".") && !(up && isAbsolute())) {
        kept.add(name);
      }
    }
    return of(isAbsolute(), kept);
  }

  @Override
  public HadoopPath resolve(Path other) {
    HadoopPath below = own(other);
    if (below.isAbsolute() || path.isEmpty()) {
      return below;
    }
    if (below.path.isEmpty()) {
      return this;
    }
    return new HadoopPath(system, path + (path.equals("/") ? "" : "/") + below.path);
  }

  @Override
  public HadoopPath resolve(String other) {
    return resolve(system.getPath(other));
  }

  @Override
  public HadoopPath relativize(Path other) {
    HadoopPath to = own(other);
    if (to.isAbsolute() != isAbsolute()) {
      throw new IllegalArgumentException("of " + this + " and " + other + " one alone is absolute");
    }
    List<String> from = path.isEmpty() ? List.of() : names();
    List<String> there = to.path.isEmpty() ? List.of() : to.names();
    int same = 0;
    while (same < Math.min(from.size(), there.size()) && from.get(same).equals(there.get(same))) {
      same++;
    }
    List<String> way = new ArrayList<>(Collections.nCopies(from.size() - same, ".."));
    way.addAll(there.subList(same, there.size()));
    return of(false, way);
  }

  /** As it is percent-encoded. */
  @Override
  public URI toUri() {
    try {
      // An authority of its own, even if empty, so that //HOST cannot be read into the path.
      URI encoded = new URI(null, null, toAbsolutePath().path, null);
      return URI.create(system.prefix() + encoded.getRawPath());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(this + " is no URI", e);
    }
  }

  @Override
  public HadoopPath toAbsolutePath() {
    return isAbsolute() ? this : new HadoopPath(system, "/").resolve(this);
  }

  @Override
  public HadoopPath toRealPath(LinkOption... options) throws IOException {
    HadoopProvider.status(this); // Or it says why there is none.
    return toAbsolutePath().normalize();
  }

  @Override
  public WatchKey register(
      WatchService watcher, WatchEvent.Kind<?>[] events, WatchEvent.Modifier... modifiers) {
    throw new UnsupportedOperationException("changes are not told");
  }

  @Override
  public int compareTo(Path other) {
    return toString().compareTo(((HadoopPath) other).toString());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof HadoopPath same && same.system.equals(system) && same.path.equals(path);
  }

  @Override
  public int hashCode() {
    return 31 * system.hashCode() + path.hashCode();
  }

  @Override
  public String toString() {
    return isAbsolute() ? system.prefix() + path : path;
  }
}
