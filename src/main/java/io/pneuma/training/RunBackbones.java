package io.pneuma.training;

import io.pneuma.config.Recipe;
import io.pneuma.network.BackboneUnit;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.deeplearning4j.nn.graph.ComputationGraph;

/**
 * The backbones of a recipe with their weights: what can be known to be wrong before any image is
 * read.
 *
 * @param units in the order of the recipe
 * @param graphs each alone, initialised
 */
public record RunBackbones(List<BackboneUnit> units, List<ComputationGraph> graphs) {
  /** Copies the lists. */
  public RunBackbones {
    units = List.copyOf(units);
    graphs = List.copyOf(graphs);
  }

  /**
   * Builds the backbones and loads their weights.
   *
   * @throws IOException when weights cannot be read or do not fit
   * @throws io.pneuma.config.ConfigException when they cannot learn at this batch size
   */
  public static RunBackbones load(Recipe recipe) throws IOException {
    List<BackboneUnit> units = BackboneUnit.of(recipe);
    new BatchOfOne(recipe, units).refuseEvery();
    List<ComputationGraph> graphs = new ArrayList<>();
    for (BackboneUnit unit : units) {
      graphs.add(unit.create());
    }
    return new RunBackbones(units, graphs);
  }

  /** The rows of a table: parameters, what is frozen, cut, feature size, weights. */
  public List<List<String>> table() {
    return BackboneTable.of(units, graphs);
  }

  /** What was taken from the files of weights, a line each. */
  public List<String> imports() {
    return units.stream().map(BackboneUnit::imported).flatMap(Optional::stream).toList();
  }
}
