package io.pneuma.training;

import io.pneuma.config.Recipe.BackboneSpec;
import io.pneuma.network.BackboneUnit;
import java.util.List;
import java.util.Locale;
import org.deeplearning4j.nn.graph.ComputationGraph;

/** What a run's backbones are, for its user to check at a glance. */
final class BackboneTable {
  private BackboneTable() {}

  static String of(List<BackboneUnit> units, List<ComputationGraph> graphs) {
    StringBuilder table = new StringBuilder();
    table.append(row("backbone", "parameters", "frozen", "ends at", "features", "weights"));
    for (int i = 0; i < units.size(); i++) {
      BackboneUnit unit = units.get(i);
      BackboneSpec spec = unit.spec();
      String parameters = String.format(Locale.ROOT, "%,d", unit.parameters(graphs.get(i)));
      String frozen = spec.freeze().matches("all|none") ? spec.freeze() : "to " + spec.freeze();
      String weights = spec.isRandom() ? "none (random)" : spec.weights().toString();
      table.append(row(unit.label(), parameters, frozen, unit.cut(), "" + unit.width(), weights));
    }
    units.forEach(unit -> unit.imported().ifPresent(line -> table.append(line).append('\n')));
    return table.toString();
  }

  private static String row(Object... cells) {
    return String.format(Locale.ROOT, "%-16s %12s  %-14s %-14s %8s  %s%n", cells);
  }
}
