package io.pneuma.evaluation;

import java.util.ArrayList;
import java.util.List;

/**
 * The checks of one method's maps for a run: those of its network, or of each member of an
 * ensemble.
 *
 * @param method that makes the maps
 * @param notMade why there are no maps to check; null where there are
 */
public record CheckedMaps(String method, List<MapVerdict> networks, String notMade) {
  /** The method whose maps a report shows: docs/decisions/explaining.md says why this one. */
  public static final String SHOWN = "hirescam";

  /** Copies the list. */
  public CheckedMaps {
    networks = List.copyOf(networks);
  }

  /** Why the maps may not be shown; empty where they may. */
  public List<String> failures() {
    if (notMade != null) {
      return List.of(notMade);
    }
    List<String> failures = new ArrayList<>();
    for (int i = 0; i < networks.size(); i++) {
      String whose = networks.size() == 1 ? "" : "member " + (i + 1) + ": ";
      networks.get(i).failures().forEach(failure -> failures.add(whose + failure));
    }
    return failures;
  }

  /** Whether the maps may be shown. */
  public boolean passed() {
    return failures().isEmpty();
  }
}
