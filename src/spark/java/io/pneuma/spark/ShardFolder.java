package io.pneuma.spark;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.Serializable;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.TaskContext;
import org.apache.spark.util.SerializableConfiguration;

/**
 * The folder that executors leave shards in and the driver takes them from, on any of Hadoop's file
 * systems.
 */
final class ShardFolder implements Serializable {
  private static final long serialVersionUID = 1;

  /** As long as a call that was interrupted may be gone on with without computing them again. */
  private static final long KEPT_MILLIS = 7L * 24 * 3600 * 1000;

  private final String uri;
  private final SerializableConfiguration configuration;

  ShardFolder(String uri, Configuration configuration) {
    this.uri = uri;
    this.configuration = new SerializableConfiguration(configuration);
  }

  private FileSystem system() throws IOException {
    FileSystem system = new Path(uri).getFileSystem(configuration.value());
    system.setWriteChecksum(false); // A shard has its own; a local disk would get a second file.
    return system;
  }

  private Path file(Shard shard) {
    return new Path(uri, shard.name());
  }

  /** A shard's file; empty where it is not there, or damaged. */
  Optional<byte[]> read(Shard shard) throws IOException {
    FileSystem system = system();
    try (FSDataInputStream in = system.open(file(shard))) {
      byte[] bytes = in.readAllBytes();
      return shard.isWhole(bytes) ? Optional.of(bytes) : Optional.empty();
    } catch (FileNotFoundException e) {
      return Optional.empty();
    }
  }

  /** Leaves a shard's file, whole or not at all; another attempt may have left the same. */
  void write(Shard shard, byte[] bytes) throws IOException {
    FileSystem system = system();
    TaskContext context = TaskContext.get();
    String attempt = context == null ? "0" : String.valueOf(context.taskAttemptId());
    Path partial =
        new Path(
            uri,
            "%s.%s.%s.partial".formatted(shard.name(), attempt, ProcessHandle.current().pid()));
    try {
      try (FSDataOutputStream out = system.create(partial, true)) {
        out.write(bytes);
        out.hsync();
      }
      // Some file systems do not rename over a file, which may be a damaged one.
      if (!rename(system, partial, file(shard))) {
        if (read(shard).isEmpty()) {
          system.delete(file(shard), false);
          if (!rename(system, partial, file(shard)) && read(shard).isEmpty()) {
            throw new IOException(file(shard) + ": cannot be written");
          }
        }
      }
    } finally {
      system.delete(partial, false);
    }
  }

  private static boolean rename(FileSystem system, Path from, Path to) throws IOException {
    try {
      return system.rename(from, to);
    } catch (org.apache.hadoop.fs.FileAlreadyExistsException e) {
      return false;
    }
  }

  /**
   * Removes what killed attempts have left of shards that are in the bank, and what nobody asked
   * for again.
   */
  void clean(List<Shard> shards) throws IOException {
    FileSystem system = system();
    Path folder = new Path(uri);
    if (system.exists(folder)) {
      Set<String> names = shards.stream().map(Shard::name).collect(Collectors.toSet());
      for (FileStatus left : system.listStatus(folder)) {
        String name = left.getPath().getName();
        boolean old = left.getModificationTime() < System.currentTimeMillis() - KEPT_MILLIS;
        if (old || names.contains(name.replaceFirst("[.]shard.*", ".shard"))) {
          system.delete(left.getPath(), false);
        }
      }
    }
  }

  /** Removes a shard that is in the bank. */
  void delete(Shard shard) throws IOException {
    system().delete(file(shard), false);
  }

  @Override
  public String toString() {
    return uri;
  }
}
