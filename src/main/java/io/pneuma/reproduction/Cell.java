package io.pneuma.reproduction;

import io.pneuma.config.ConfigException;
import io.pneuma.config.Recipe;
import io.pneuma.config.Recipe.AttentionSpec;
import io.pneuma.config.Recipe.BackboneSpec;
import io.pneuma.config.Recipe.Fusion;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A row of the table: a network that is trained several times.
 *
 * @param name its backbones and its attention, good for a file's name
 * @param recipe of one training
 */
public record Cell(String name, Recipe recipe) {
  static final String NONE = "none";
  private static final List<String> ATTENTIONS = List.of(NONE, "se", "eca", "self");

  /** Backbones that a table has; of more, pairs alone are too many to read. */
  private static final int MOST_BACKBONES = 4;

  /**
   * Each backbone alone, every pair, and all of them without attention and with each kind.
   *
   * @throws ConfigException when the recipe's backbones are not two to four, or one of them learns
   */
  public static List<Cell> of(Recipe recipe) {
    List<BackboneSpec> all = recipe.backbones();
    if (all.size() < 2 || all.size() > MOST_BACKBONES || !recipe.allFrozen()) {
      throw new ConfigException(
          "reproduce wants two to "
              + MOST_BACKBONES
              + " backbones with freeze: all, as in conf/reproduce.yaml; the recipe has "
              + all.size()
              + (recipe.allFrozen() ? "" : ", of which not all are frozen"));
    }
    if (recipe.fusion().embedding().isEmpty() && !recipe.fusion().onMaps()) {
      throw new ConfigException(
          "fusion.embedding = none: self-attention needs one width for all backbones; give it a"
              + " number");
    }
    List<Cell> cells = new ArrayList<>();
    all.forEach(backbone -> cells.add(of(recipe, List.of(backbone), NONE)));
    for (int i = 0; all.size() > 2 && i < all.size(); i++) {
      for (int j = i + 1; j < all.size(); j++) {
        cells.add(of(recipe, List.of(all.get(i), all.get(j)), NONE));
      }
    }
    ATTENTIONS.forEach(attention -> cells.add(of(recipe, all, attention)));
    return cells;
  }

  private static Cell of(Recipe recipe, List<BackboneSpec> backbones, String attention) {
    String names = backbones.stream().map(Cell::name).collect(Collectors.joining("+"));
    AttentionSpec base = recipe.fusion().attention();
    Fusion fusion =
        new Fusion(
            recipe.fusion().onMaps(),
            recipe.fusion().embedding(),
            new AttentionSpec(attention, base.reduction(), base.heads()));
    String with = attention.equals(NONE) ? "" : "-" + attention;
    return new Cell(names + with, recipe.with(backbones).with(fusion));
  }

  private static String name(BackboneSpec backbone) {
    return backbone.name().replace(':', '_') + backbone.cut().map(cut -> "@" + cut).orElse("");
  }

  /** Backbones that are merged. */
  public int backbones() {
    return recipe.backbones().size();
  }

  /** The kind of attention. */
  public String attention() {
    return recipe.fusion().attention().type();
  }
}
