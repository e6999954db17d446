package io.pneuma.training;

import io.pneuma.config.Recipe.BackboneSpec;
import io.pneuma.network.BackboneUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.deeplearning4j.nn.graph.ComputationGraph;

/** What a run's backbones are, for its user to check at a glance. */
final class BackboneTable {
  private BackboneTable() {}

  static List<List<String>> of(List<BackboneUnit> units, List<ComputationGraph> graphs) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("backbone", "parameters", "frozen", "ends at", "features", "weights"));
    for (int i = 0; i < units.size(); i++) {
      BackboneUnit unit = units.get(i);
      BackboneSpec spec = unit.spec();
      rows.add(
          List.of(
              unit.label(),
              String.format(Locale.ROOT, "%,d", unit.parameters(graphs.get(i))),
              spec.freeze().matches("all|none") ? spec.freeze() : "to " + spec.freeze(),
              unit.cut(),
              Integer.toString(unit.width()),
              weights(spec)));
    }
    return rows;
  }

  /** Short, so that the table fits; the line on what was taken from a file has its path. */
  private static String weights(BackboneSpec spec) {
    return spec.isRandom() ? "none (random)" : "from a file";
  }
}
