package io.pneuma.monitor;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.deeplearning4j.core.storage.StatsStorage;
import org.deeplearning4j.core.storage.StatsStorageRouter;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.deeplearning4j.ui.model.stats.BaseStatsListener;
import org.deeplearning4j.ui.model.stats.StatsListener;
import org.deeplearning4j.ui.model.storage.FileStatsStorage;
import org.mapdb.DBException;

/**
 * The statistics file of one run: written while it trains, read by {@link TrainingUi}. One process
 * at a time can hold it. Close the UI that shows it first.
 */
public final class RunStats implements AutoCloseable {
  /** A constant in place of Deeplearning4j's process and thread: a resumed run draws on. */
  private static final String WORKER = "trainer";

  // Deeplearning4j has two files. This one, MapDB's, is plain Java, so it works on every system,
  // and
  // keeps a write-ahead log, so that after kill -9 all reports but the one in flight are there
  // (RunStatsTest kills one). The other, SQLite's, brings no library for arm64.
  private final StatsStorage storage;
  private final String session;
  private final Path folder;

  private RunStats(StatsStorage storage, String session, Path folder) {
    this.storage = storage;
    this.session = session;
    this.folder = folder;
  }

  /**
   * Opens the file of a run that is about to train, and makes it when there is none. A file that is
   * there is carried on: a run that starts afresh starts without one.
   *
   * @param sessionName the name of the run on the UI's pages, where runs shown together are told
   *     apart by it; what cannot stand in an address becomes a hyphen
   */
  public static RunStats create(Path statsFile, String sessionName) {
    return new RunStats(
        storage(statsFile), sessionName.replaceAll("[^A-Za-z0-9._-]+", "-"), folderOf(statsFile));
  }

  /** Opens the file of a past run, to be shown. */
  public static RunStats open(Path statsFile) {
    if (!Files.isRegularFile(statsFile)) {
      throw new MonitorException(
          statsFile
              + " does not exist: this run was trained without statistics, or it is not a run"
              + " directory; a run trained with --ui has them");
    }
    StatsStorage storage = storage(statsFile);
    if (storage.listSessionIDs().isEmpty()) {
      close(storage);
      throw new MonitorException(
          statsFile + " holds no training session: the run ended before its first report");
    }
    return new RunStats(storage, storage.listSessionIDs().get(0), folderOf(statsFile));
  }

  /**
   * Iterations from one report to the next. A report looks at every parameter of two steps, which
   * takes as long as eight steps of a head: some thirty reports of a head's training, at most 200
   * steps apart, cost a twentieth of it. A step of backbones takes as long as several reports.
   *
   * @param head whether a head alone learns
   */
  public static int reportEvery(long steps, boolean head) {
    return (int) Math.max(1, head ? Math.min(steps / 30, 200) : Math.min(steps / 10, 10));
  }

  /**
   * A listener that reports score, learning rates, update ratios, mean magnitudes and activations
   * of the one network that this run trains.
   *
   * @param everyIterations iterations from one report to the next; above 1 the first report is that
   *     of this iteration. The UI draws about 500 points of a chart, and a report on 200 layers
   *     takes some 130 kB of the file.
   */
  public TrainingListener listener(int everyIterations) {
    var latest = storage.getLatestUpdate(session, BaseStatsListener.TYPE_ID, WORKER);
    return new StatsListener(
        new MendedReports(storage, latest),
        null,
        new SummaryStats(everyIterations),
        session,
        WORKER);
  }

  /** Where others may post what the UI's other pages show, under the name {@link #session}. */
  public StatsStorageRouter router() {
    return storage;
  }

  /** The run's name on the UI's pages. */
  public String session() {
    return session;
  }

  /** Writes what is still in memory and gives the file back. */
  @Override
  public void close() {
    if (!storage.isClosed()) {
      close(storage);
    }
  }

  /** Where the run's other files lie. */
  Path folder() {
    return folder;
  }

  private static Path folderOf(Path statsFile) {
    return statsFile.toAbsolutePath().getParent();
  }

  StatsStorage storage() {
    return storage;
  }

  private static StatsStorage storage(Path file) {
    try {
      return new FileStatsStorage(file.toFile());
    } catch (DBException.FileLocked e) {
      throw new MonitorException(
          file + " is in use: a training or a UI of another process holds it; end that first", e);
    } catch (DBException.VolumeIOError | DBException.DataCorruption e) {
      throw new MonitorException(file + " cannot be read as a statistics file of a run", e);
    }
  }

  private static void close(StatsStorage storage) {
    try {
      storage.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
