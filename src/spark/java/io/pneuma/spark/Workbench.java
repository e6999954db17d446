package io.pneuma.spark;

import io.pneuma.config.Recipe.BackboneSpec;
import io.pneuma.config.WeightsSource.OfFile;
import io.pneuma.features.FeatureCopies;
import io.pneuma.features.StoredFeatures;
import io.pneuma.images.Dataset;
import io.pneuma.platform.OneThread;
import io.pneuma.training.ReadyTrial;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.apache.spark.SparkFiles;

/** What an executor has of the trainings that it is at: their images and features, read once. */
final class Workbench {
  private static Workbench current;

  // A whole network trains on all cores, alone; a head on one thread, which the whole process is
  // set to.
  private static final ReadWriteLock CORES = new ReentrantReadWriteLock();
  private static OneThread oneThread;

  private final String id;
  private final List<Dataset> parts;
  private final FeatureCopies copies = new FeatureCopies(name -> Path.of(SparkFiles.get(name)));

  private Workbench(String id, List<Dataset> parts) {
    this.id = id;
    this.parts = parts;
  }

  /** A training that is to be done here. */
  @FunctionalInterface
  interface Action<T> {
    T run(ReadyTrial trial, Dataset data, StoredFeatures features) throws IOException;
  }

  /**
   * That of some trainings, which takes the place of any other.
   *
   * @param packet their images, a list of data sets
   */
  @SuppressWarnings("unchecked") // As the driver packed it.
  static synchronized Workbench of(String id, byte[] packet) throws IOException {
    if (current == null || !current.id.equals(id)) {
      if (current != null) {
        current.copies.close();
      }
      current = new Workbench(id, (List<Dataset>) Packet.unpack(packet));
    }
    return current;
  }

  /** Does a training, beside others where it is a head's. */
  <T> T run(Assignment assignment, Action<T> action) throws IOException {
    ReadyTrial trial = assignment.trial();
    if (!trial.isOfHead()) {
      trial = trial.with(here(trial.backbones(), assignment.weights()));
    }
    StoredFeatures features =
        assignment.features().isEmpty() ? null : copies.of(assignment.features());
    Lock lock = trial.isOfHead() ? CORES.readLock() : CORES.writeLock();
    lock.lock();
    try {
      useOneThread(trial.isOfHead());
      return action.run(trial, parts.get(assignment.part()), features);
    } finally {
      lock.unlock();
    }
  }

  private static List<BackboneSpec> here(List<BackboneSpec> backbones, List<String> names) {
    List<BackboneSpec> here = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      BackboneSpec spec = backbones.get(i);
      here.add(
          spec.weights() instanceof OfFile file
              ? spec.with(
                  new OfFile(
                      Path.of(SparkFiles.get(names.get(i))), file.sha256(), file.allowNonFinite()))
              : spec);
    }
    return here;
  }

  private static synchronized void useOneThread(boolean wanted) {
    if (wanted && oneThread == null) {
      oneThread = OneThread.start();
    } else if (!wanted && oneThread != null) {
      oneThread.close();
      oneThread = null;
    }
  }
}
