package io.pneuma.config;

/**
 * A key as the loader reads it, for the page that documents them.
 *
 * @param path dotted, with {@code []} for the items of a list
 * @param value what it takes
 * @param fallback what holds where it is absent; empty where it must be given
 */
record RecipeKey(String path, String value, String fallback) {
  static RecipeKey of(String path, String value, Object fallback) {
    return new RecipeKey(
        path.replaceAll("\\[[0-9]+\\]", "[]"), value, fallback == null ? "" : show(fallback));
  }

  private static String show(Object fallback) {
    return fallback instanceof Double number ? Section.brief(number) : fallback.toString();
  }
}
