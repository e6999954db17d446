package io.pneuma.monitor;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.deeplearning4j.core.storage.StatsStorage;

/** The runs on the pages, and what of their directories the pages may read. */
final class ShownRuns {
  private static final String PREFIX = "/pneuma/";
  private static final List<String> SHOWN =
      List.of("history.csv", "manifest.json", "candidates.jsonl");
  private static final String SEARCH = "ArbiterUI";

  private final Map<String, Path> files = new ConcurrentHashMap<>();
  private final Map<String, StatsStorage> storages = new ConcurrentHashMap<>();

  void add(String session, Path folder, StatsStorage storage) {
    storages.put(session, storage);
    for (String name : SHOWN) {
      files.put(PREFIX + session + "/" + name, folder.resolve(name));
    }
  }

  /** The file at that path of the server, which may not be there yet; empty for all other paths. */
  Optional<Path> file(String path) {
    return Optional.ofNullable(files.get(path));
  }

  boolean haveSearch() {
    return storages.values().stream()
        .anyMatch(
            storage ->
                storage.listSessionIDs().stream()
                    .anyMatch(session -> storage.listTypeIDsForSession(session).contains(SEARCH)));
  }
}
