package io.pneuma.spark;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.ProviderMismatchException;
import java.nio.file.ReadOnlyFileSystemException;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.FileTime;
import java.nio.file.spi.FileSystemProvider;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.UnsupportedFileSystemException;
import org.apache.hadoop.security.AccessControlException;
import org.apache.hadoop.util.functional.FutureIO;

/**
 * Reads any of Hadoop's file systems as {@link java.nio.file.Files} does; nothing is written. There
 * is a provider for each scheme, which Java finds by its service.
 *
 * <p>The paths that a listing gives know what the listing told of them, so that asking for it costs
 * no way to the host.
 */
public abstract class HadoopProvider extends FileSystemProvider {
  /** {@code hdfs://HOST:PORT/...}. */
  public static final class Hdfs extends HadoopProvider {
    /** Nothing is reached yet. */
    public Hdfs() {
      super("hdfs");
    }
  }

  /** Several HDFS as one, {@code viewfs://NAME/...}. */
  public static final class ViewFs extends HadoopProvider {
    /** Nothing is reached yet. */
    public ViewFs() {
      super("viewfs");
    }
  }

  /** {@code s3a://BUCKET/...}, with the JARs of hadoop-aws. */
  public static final class S3a extends HadoopProvider {
    /** Nothing is reached yet. */
    public S3a() {
      super("s3a");
    }
  }

  /** {@code abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/...}, with the JARs of hadoop-azure. */
  public static final class Abfss extends HadoopProvider {
    /** Nothing is reached yet. */
    public Abfss() {
      super("abfss");
    }
  }

  /** {@code gs://BUCKET/...}, with the JAR of Google's gcs-connector. */
  public static final class Gs extends HadoopProvider {
    /** Nothing is reached yet. */
    public Gs() {
      super("gs");
    }
  }

  private final String scheme;
  private final Map<String, HadoopFileSystem> systems = new ConcurrentHashMap<>();

  /** A provider of one of Hadoop's file systems; nothing of Hadoop is loaded before it is used. */
  HadoopProvider(String scheme) {
    this.scheme = scheme;
  }

  @Override
  public String getScheme() {
    return scheme;
  }

  /** Hadoop's own, which are opened when they are first used. */
  @Override
  public FileSystem newFileSystem(URI uri, Map<String, ?> environment) {
    return getFileSystem(uri);
  }

  @Override
  public HadoopFileSystem getFileSystem(URI uri) {
    String authority = uri.getAuthority() == null ? "" : uri.getAuthority();
    return systems.computeIfAbsent(authority, name -> new HadoopFileSystem(this, name));
  }

  @Override
  public Path getPath(URI uri) {
    return getFileSystem(uri).path("/" + (uri.getPath() == null ? "" : uri.getPath()));
  }

  private static HadoopPath own(Path path) {
    if (path instanceof HadoopPath own) {
      return own;
    }
    throw new ProviderMismatchException(path + " is no path of Hadoop");
  }

  /** What the host tells of a file, or told when it listed the file's folder. */
  static FileStatus status(HadoopPath path) throws IOException {
    if (path.listed() != null) {
      return path.listed();
    }
    try {
      return path.getFileSystem().hadoop().getFileStatus(path.hadoop());
    } catch (IOException | RuntimeException e) {
      throw explained(path, e);
    }
  }

  @Override
  public DirectoryStream<Path> newDirectoryStream(
      Path folder, DirectoryStream.Filter<? super Path> filter) throws IOException {
    HadoopPath parent = own(folder);
    List<Path> entries = new ArrayList<>();
    try {
      for (FileStatus status : parent.getFileSystem().hadoop().listStatus(parent.hadoop())) {
        if (status.getPath().toUri().getPath().equals(parent.hadoop().toUri().getPath())) {
          throw new NotDirectoryException(folder.toString()); // Hadoop lists a file as itself.
        }
        Path entry = parent.child(status);
        if (filter.accept(entry)) {
          entries.add(entry);
        }
      }
    } catch (NotDirectoryException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw explained(parent, e);
    }
    return new DirectoryStream<>() {
      @Override
      public Iterator<Path> iterator() {
        return entries.iterator();
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public SeekableByteChannel newByteChannel(
      Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
      throws IOException {
    if (!Set.of(StandardOpenOption.READ).containsAll(options)) {
      throw new ReadOnlyFileSystemException();
    }
    HadoopPath file = own(path);
    try {
      org.apache.hadoop.fs.FileSystem hadoop = file.getFileSystem().hadoop();
      FSDataInputStream in =
          file.listed() == null
              ? hadoop.open(file.hadoop())
              : FutureIO.awaitFuture(
                  hadoop.openFile(file.hadoop()).withFileStatus(file.listed()).build());
      return new HadoopChannel(file, in);
    } catch (IOException | RuntimeException e) {
      throw explained(file, e);
    }
  }

  @Override
  public <A extends BasicFileAttributes> A readAttributes(
      Path path, Class<A> type, LinkOption... options) throws IOException {
    if (type != BasicFileAttributes.class) {
      throw new UnsupportedOperationException(path + ": has no " + type.getSimpleName());
    }
    return type.cast(new Attributes(status(own(path))));
  }

  /** What Hadoop knows of all its files; links count as what they lead to. */
  private record Attributes(FileStatus status) implements BasicFileAttributes {
    @Override
    public FileTime lastModifiedTime() {
      return FileTime.fromMillis(status.getModificationTime());
    }

    @Override
    public FileTime lastAccessTime() {
      return FileTime.fromMillis(status.getAccessTime());
    }

    @Override
    public FileTime creationTime() {
      return lastModifiedTime();
    }

    @Override
    public boolean isRegularFile() {
      return status.isFile();
    }

    @Override
    public boolean isDirectory() {
      return status.isDirectory();
    }

    @Override
    public boolean isSymbolicLink() {
      return false;
    }

    @Override
    public boolean isOther() {
      return false;
    }

    @Override
    public long size() {
      return status.getLen();
    }

    @Override
    public Object fileKey() {
      return null;
    }
  }

  @Override
  public void checkAccess(Path path, AccessMode... modes) throws IOException {
    if (Set.of(modes).contains(AccessMode.WRITE)) {
      throw new AccessDeniedException(path.toString(), null, "is only read");
    }
    status(own(path));
  }

  /** Sentences for what Hadoop refuses. */
  static IOException explained(HadoopPath path, Exception failure) {
    String file = path.toString();
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof FileNotFoundException || cause instanceof NoSuchFileException) {
        return because(new NoSuchFileException(file), failure);
      }
      if (cause instanceof AccessControlException || cause instanceof AccessDeniedException) {
        return because(new AccessDeniedException(file, null, said(cause)), failure);
      }
      String why =
          cause instanceof UnknownHostException
              ? "its host is unknown"
              : cause instanceof ConnectException
                      || cause instanceof NoRouteToHostException
                      || (cause instanceof SocketTimeoutException)
                  ? "its host cannot be reached"
                  : cause instanceof UnsupportedFileSystemException
                          || cause instanceof ClassNotFoundException
                      ? "its file system is not on the class path (docs/spark.md)"
                      : null;
      if (why != null) {
        return because(new FileSystemException(file, null, why + ": " + said(cause)), failure);
      }
    }
    return failure instanceof InterruptedIOException e
        ? e
        : because(new FileSystemException(file, null, said(failure)), failure);
  }

  private static IOException because(IOException explained, Exception cause) {
    explained.initCause(cause);
    return explained;
  }

  /** The first line; what follows is often a trace of the host's, and Hadoop's wiki. */
  private static String said(Throwable failure) {
    String message = String.valueOf(failure.getMessage()).lines().findFirst().orElse("");
    int advice = message.indexOf("; For more details see:");
    return advice < 0 ? message : message.substring(0, advice);
  }

  @Override
  public boolean isSameFile(Path one, Path other) {
    return one.toAbsolutePath().normalize().equals(other.toAbsolutePath().normalize());
  }

  @Override
  public boolean isHidden(Path path) {
    return path.getFileName() != null && path.getFileName().toString().startsWith(".");
  }

  @Override
  public FileStore getFileStore(Path path) {
    throw new UnsupportedOperationException(path + ": its host does not tell the space it has");
  }

  /** There is none; {@link #readAttributes(Path, Class, LinkOption...)} tells the basic ones. */
  @Override
  public <V extends FileAttributeView> V getFileAttributeView(
      Path path, Class<V> type, LinkOption... options) {
    return null;
  }

  @Override
  public Map<String, Object> readAttributes(Path path, String names, LinkOption... options) {
    throw new UnsupportedOperationException(path + ": " + names + " cannot be told by name");
  }

  @Override
  public void createDirectory(Path folder, FileAttribute<?>... attributes) {
    throw new ReadOnlyFileSystemException();
  }

  @Override
  public void delete(Path path) {
    throw new ReadOnlyFileSystemException();
  }

  @Override
  public void copy(Path source, Path target, CopyOption... options) {
    throw new ReadOnlyFileSystemException();
  }

  @Override
  public void move(Path source, Path target, CopyOption... options) {
    throw new ReadOnlyFileSystemException();
  }

  @Override
  public void setAttribute(Path path, String name, Object value, LinkOption... options) {
    throw new ReadOnlyFileSystemException();
  }
}
