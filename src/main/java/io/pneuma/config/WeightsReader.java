package io.pneuma.config;

import io.pneuma.config.WeightsSource.Named;
import io.pneuma.config.WeightsSource.None;
import io.pneuma.config.WeightsSource.OfFile;
import io.pneuma.config.WeightsSource.OfRun;
import io.pneuma.config.WeightsSource.OfUrl;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Reads the {@code weights} of one backbone: a word, a path, or a mapping with a checksum. */
final class WeightsReader {
  private static final String WEIGHTS = "weights";

  /** Plain http only from this machine itself. */
  private static final String SAFE_URL =
      "https://.*|http://(localhost|127\\.0\\.0\\.1|\\[::1])[:/].*";

  private static final String EXAMPLE = "{file: FILE} or {url: https://..., sha256: ...}";

  private final Section backbone;
  private final String name;
  private final Set<String> known;
  private final boolean checkFiles;

  /**
   * A reader for one backbone.
   *
   * @param known the names of weights for it
   * @param checkFiles whether what the recipe names must be there
   */
  WeightsReader(Section backbone, String name, Set<String> known, boolean checkFiles) {
    this.backbone = backbone;
    this.name = name;
    this.known = known;
    this.checkFiles = checkFiles;
  }

  WeightsSource read() {
    return backbone.isSection(WEIGHTS)
        ? mapping(backbone.section(WEIGHTS, EXAMPLE))
        : word(backbone.requiredText(WEIGHTS));
  }

  private WeightsSource word(String text) {
    if (text.isEmpty() || text.equals(Recipe.NONE)) {
      return new None();
    }
    if (known.contains(text)) {
      return new Named(text);
    }
    if (text.startsWith(OfRun.MARK)) {
      return run(text.substring(OfRun.MARK.length()));
    }
    if (text.contains("://")) {
      backbone.problem(
          WEIGHTS,
          "= \"" + text + "\" needs a checksum: weights: {url: " + text + ", sha256: ...}");
      return new None();
    }
    return file(backbone, WEIGHTS, text, Optional.empty(), false);
  }

  private WeightsSource run(String text) {
    Path folder = backbone.path(WEIGHTS, text);
    backbone.keep(WEIGHTS, OfRun.MARK + folder);
    if (checkFiles && !Files.isDirectory(folder)) {
      backbone.problem(
          WEIGHTS,
          "= \"" + OfRun.MARK + text + "\" is no run directory (looked at " + folder + ")");
    }
    return new OfRun(folder);
  }

  private WeightsSource mapping(Section weights) {
    boolean allowNonFinite = weights.bool("allowNonFinite", false);
    boolean isUrl = weights.has("url");
    Optional<String> sha256 = sha256(weights, isUrl);
    WeightsSource source;
    if (isUrl) {
      if (weights.has("file")) {
        weights.problem("file", "stands beside url; give one of them");
      }
      source = url(weights, sha256.orElse(""), allowNonFinite);
    } else {
      source = file(weights, "file", weights.requiredText("file"), sha256, allowNonFinite);
    }
    weights.close();
    return source;
  }

  private static Optional<String> sha256(Section weights, boolean required) {
    if (!required && !weights.has("sha256")) {
      return Optional.empty();
    }
    String digest = weights.requiredText("sha256").toLowerCase(Locale.ROOT);
    if (!digest.isEmpty() && !digest.matches("[0-9a-f]{64}")) {
      weights.problem("sha256", "= \"" + digest + "\" must be 64 hexadecimal digits");
    }
    return Optional.of(digest);
  }

  private static WeightsSource url(Section weights, String sha256, boolean allowNonFinite) {
    String text = weights.requiredText("url");
    try {
      URI url = new URI(text);
      if (!text.isEmpty() && !(text.matches(SAFE_URL) && url.getHost() != null)) {
        weights.problem("url", "= \"" + text + "\" must begin with https:// and name a host");
      }
      return new OfUrl(url, sha256, allowNonFinite);
    } catch (URISyntaxException e) {
      weights.problem("url", "= \"" + text + "\" is no URL: " + e.getReason());
      return new None();
    }
  }

  private WeightsSource file(
      Section section, String key, String text, Optional<String> sha256, boolean allowNonFinite) {
    Path file = section.path(key, text);
    if (checkFiles && !text.isEmpty() && !Files.isRegularFile(file)) {
      Set<String> words = new LinkedHashSet<>();
      words.add(Recipe.NONE);
      words.addAll(known);
      section.problem(
          key,
          "= \""
              + text
              + "\" is no file (looked at "
              + file
              + ") and no weights known for "
              + name
              + "; expected "
              + String.join(", ", words)
              + ", run:DIR or a file"
              + Section.suggest(text, words));
    }
    return new OfFile(file, sha256, allowNonFinite);
  }
}
