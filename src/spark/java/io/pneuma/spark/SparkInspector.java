package io.pneuma.spark;

import io.pneuma.config.Recipe.DicomRule;
import io.pneuma.images.Inspected;
import io.pneuma.images.Inspector;
import java.io.IOException;
import java.io.InvalidObjectException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Has executors read and decode the files of a data set. What they find comes back as results of
 * tasks small enough to stay in memory.
 */
final class SparkInspector implements Inspector {
  /** Files of a task, where there are enough for all. */
  private static final int MOST_FILES = 256;

  private final SparkCluster cluster;

  SparkInspector(SparkCluster cluster) {
    this.cluster = cluster;
  }

  @Override
  public void inspect(List<Path> files, DicomRule dicom, Each each) throws IOException {
    int even = cluster.share(files.size());
    int size = Math.max(1, Math.min(even, MOST_FILES));
    List<Task> tasks = Jobs.cut(files, size).stream().map(Task::new).toList();
    int threads = cluster.threads();
    Jobs.<Task, ArrayList<Inspected>>run(
        cluster.spark(),
        "checking images",
        tasks,
        task -> {
          Worker.start();
          ArrayList<Inspected> found = new ArrayList<>();
          Inspected.all(task.files, dicom, threads, found::add);
          return found;
        },
        Jobs.inOrder(
            (index, found) -> {
              for (Inspected file : found) {
                each.accept(file);
              }
            }));
  }

  /** Files, which travel by their URIs. */
  private static final class Task implements Serializable {
    private static final long serialVersionUID = 1;

    private transient List<Path> files;

    Task(List<Path> files) {
      this.files = files;
    }

    private void writeObject(ObjectOutputStream out) throws IOException {
      out.writeInt(files.size());
      for (Path file : files) {
        out.writeUTF(file.toUri().toString());
      }
    }

    private void readObject(ObjectInputStream in) throws IOException {
      int count = in.readInt();
      if (count < 0) {
        throw new InvalidObjectException("files: " + count);
      }
      files = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        files.add(Path.of(URI.create(in.readUTF())));
      }
    }
  }
}
