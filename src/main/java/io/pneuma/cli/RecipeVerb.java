package io.pneuma.cli;

import io.pneuma.config.ConfigException;
import io.pneuma.config.Recipe;
import io.pneuma.config.Recipe.AttributeSource;
import io.pneuma.config.Recipe.BackboneSpec;
import io.pneuma.images.Dataset;
import io.pneuma.images.FilesThere;
import io.pneuma.images.Inspector;
import io.pneuma.phantoms.Phantoms;
import io.pneuma.training.RunBackbones;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** What the verbs share that train by a recipe. */
abstract class RecipeVerb extends Verb {
  @Option(
      names = "--set",
      paramLabel = "key=value",
      description =
          "Overrides a key of the recipe, as in training.epochs=3 or 'backbones[0].weights=FILE'."
              + " docs/recipe.md has every key.")
  private List<String> assignments = new ArrayList<>();

  RecipeVerb(Terminal terminal) {
    super(terminal);
  }

  final List<String> changes() {
    return assignments;
  }

  /** Says of a run on phantoms what it is, in its first line and in its last. */
  final void sayIfPhantom(Recipe recipe, String what) throws IOException {
    Path folder = recipe.data().folder();
    boolean willBe = recipe.data().generatePhantom() && !Files.exists(folder);
    if (willBe || Phantoms.isDrawn(folder)) {
      terminal().warning(what + " phantom radiographs, drawn by the program: no patient's images");
    }
  }

  final void show(RunBackbones backbones) {
    TextTable.of(backbones.table()).lines().forEach(terminal()::line);
    backbones.imports().forEach(terminal()::line);
  }

  final Dataset read(Recipe recipe) throws IOException {
    return read(recipe, Inspector.HERE);
  }

  /** The images of a recipe, read by others, with what is to say of them. */
  final Dataset read(Recipe recipe, Inspector inspector) throws IOException {
    if (recipe.data().attributes().orElse(null) instanceof AttributeSource.Table table
        && new FilesThere().find(table.file()).isEmpty()) {
      throw new ConfigException(table.file() + ": there is no such file; data.attributes names it");
    }
    drawPhantoms(recipe);
    Dataset data = dataset(recipe, inspector);
    terminal()
        .line(
            "images: %d training, %d validation, %d test; classes %s"
                .formatted(
                    data.train().size(),
                    data.validation().size(),
                    data.test().size(),
                    String.join(", ", data.labels())));
    warnings(recipe, data).forEach(warning -> terminal().warning("warning: " + warning));
    data.skipped().forEach(bad -> terminal().warning("skipped: " + bad));
    return data;
  }

  /** What may spoil a result. */
  static List<String> warnings(Recipe recipe, Dataset data) {
    List<String> warnings = new ArrayList<>(data.warnings());
    if (!data.skipped().isEmpty()) {
      warnings.add(
          data.skipped().size() + " files gave no image and are left out; skipped.csv lists them");
    }
    for (BackboneSpec backbone : recipe.backbones()) {
      if (backbone.isFrozen() && backbone.isRandom()) {
        warnings.add(
            backbone.name()
                + " is frozen at random weights (weights: none, freeze: all), so its features are"
                + " those of no training");
      }
    }
    return warnings;
  }
}
