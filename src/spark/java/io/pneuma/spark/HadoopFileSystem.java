package io.pneuma.spark;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.WatchService;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.util.List;
import java.util.Set;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.deploy.SparkHadoopUtil;

/** One of Hadoop's file systems: what lies below one scheme and authority. */
final class HadoopFileSystem extends FileSystem {
  private final HadoopProvider provider;
  private final String authority;
  private org.apache.hadoop.fs.FileSystem hadoop;

  /** The provider holds one of each authority, which may be empty. */
  HadoopFileSystem(HadoopProvider provider, String authority) {
    this.provider = provider;
    this.authority = authority;
  }

  /** What the text of every absolute path begins with. */
  String prefix() {
    return provider.getScheme() + "://" + authority;
  }

  String authority() {
    return authority;
  }

  /**
   * Hadoop's own, opened at the first call with what Spark was told under {@code spark.hadoop}: on
   * executors by the driver, and where no Spark runs yet by system properties.
   */
  synchronized org.apache.hadoop.fs.FileSystem hadoop() throws IOException {
    if (hadoop == null) {
      SparkEnv spark = SparkEnv.get();
      SparkConf told = spark == null ? new SparkConf() : spark.conf();
      hadoop =
          org.apache.hadoop.fs.FileSystem.get(
              new HadoopPath(this, "/").hadoop().toUri(),
              SparkHadoopUtil.get().newConfiguration(told));
    }
    return hadoop;
  }

  /**
   * A path of the names in a text; neither slashes that follow each other nor those at the end
   * count.
   */
  HadoopPath path(String text) {
    String plain = text.replaceAll("/+", "/");
    return new HadoopPath(this, plain.length() > 1 ? plain.replaceFirst("/$", "") : plain);
  }

  /** A path as it was written, by itself or after this file system's scheme and authority. */
  @Override
  public HadoopPath getPath(String first, String... more) {
    String text = more.length == 0 ? first : first + "/" + String.join("/", more);
    boolean whole = text.startsWith(prefix() + "/") || text.equals(prefix());
    return whole ? path("/" + text.substring(prefix().length())) : path(text);
  }

  @Override
  public HadoopProvider provider() {
    return provider;
  }

  @Override
  public void close() {
    throw new UnsupportedOperationException("Hadoop closes its file systems itself");
  }

  @Override
  public boolean isOpen() {
    return true;
  }

  @Override
  public boolean isReadOnly() {
    return true;
  }

  @Override
  public String getSeparator() {
    return "/";
  }

  @Override
  public Iterable<Path> getRootDirectories() {
    return List.of(new HadoopPath(this, "/"));
  }

  @Override
  public Iterable<FileStore> getFileStores() {
    return List.of();
  }

  @Override
  public Set<String> supportedFileAttributeViews() {
    return Set.of("basic");
  }

  @Override
  public PathMatcher getPathMatcher(String pattern) {
    throw new UnsupportedOperationException("patterns are matched against relative paths");
  }

  @Override
  public UserPrincipalLookupService getUserPrincipalLookupService() {
    throw new UnsupportedOperationException("owners are not told");
  }

  @Override
  public WatchService newWatchService() {
    throw new UnsupportedOperationException("changes are not told");
  }
}
