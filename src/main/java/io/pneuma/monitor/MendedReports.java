package io.pneuma.monitor;

import java.util.Collection;
import java.util.Map;
import org.deeplearning4j.core.storage.Persistable;
import org.deeplearning4j.core.storage.StatsStorage;
import org.deeplearning4j.core.storage.StatsStorageRouter;
import org.deeplearning4j.core.storage.StorageMetaData;
import org.deeplearning4j.ui.model.stats.api.Histogram;
import org.deeplearning4j.ui.model.stats.api.StatsReport;
import org.deeplearning4j.ui.model.stats.api.StatsType;

/**
 * Deeplearning4j's reports, mended on their way to the file:
 *
 * <ul>
 *   <li>The file's key is a time in milliseconds, so that of two iterations in one millisecond the
 *       first would be lost. Times are made to differ.
 *   <li>A resumed run repeats the iterations since its checkpoint, upon which the UI would renumber
 *       all of them. What is there already is not reported again.
 *   <li>The UI's layer page fails on a report without histograms. It gets an empty one that belongs
 *       to no layer.
 * </ul>
 */
final class MendedReports implements StatsStorageRouter {
  private static final Map<String, Histogram> NO_HISTOGRAM =
      Map.of("-", new Histogram(0, 0, 0, new int[0]));

  private final StatsStorage storage;
  private long lastTime;
  private int lastIteration;

  MendedReports(StatsStorage storage, Persistable latest) {
    this.storage = storage;
    boolean resumed = latest instanceof StatsReport;
    lastTime = resumed ? latest.getTimeStamp() : 0;
    lastIteration = resumed ? ((StatsReport) latest).getIterationCount() : -1;
  }

  @Override
  public void putUpdate(Persistable update) {
    if (update instanceof StatsReport report) {
      if (report.getIterationCount() <= lastIteration) {
        return;
      }
      lastIteration = report.getIterationCount();
      lastTime = Math.max(report.getTimeStamp(), lastTime + 1);
      report.reportIDs(report.getSessionID(), report.getTypeID(), report.getWorkerID(), lastTime);
      report.reportHistograms(StatsType.Parameters, NO_HISTOGRAM);
      report.reportHistograms(StatsType.Updates, NO_HISTOGRAM);
    }
    storage.putUpdate(update);
  }

  @Override
  public void putUpdate(Collection<? extends Persistable> updates) {
    updates.forEach(this::putUpdate);
  }

  @Override
  public void putStorageMetaData(StorageMetaData metaData) {
    storage.putStorageMetaData(metaData);
  }

  @Override
  public void putStorageMetaData(Collection<? extends StorageMetaData> metaData) {
    storage.putStorageMetaData(metaData);
  }

  @Override
  public void putStaticInfo(Persistable staticInfo) {
    storage.putStaticInfo(staticInfo);
  }

  @Override
  public void putStaticInfo(Collection<? extends Persistable> staticInfo) {
    storage.putStaticInfo(staticInfo);
  }
}
