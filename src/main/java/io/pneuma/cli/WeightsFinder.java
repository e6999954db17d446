package io.pneuma.cli;

import io.pneuma.config.Recipe;
import io.pneuma.config.Recipe.BackboneSpec;
import io.pneuma.config.WeightsSource;
import io.pneuma.config.WeightsSource.Named;
import io.pneuma.config.WeightsSource.OfFile;
import io.pneuma.config.WeightsSource.OfRun;
import io.pneuma.config.WeightsSource.OfUrl;
import io.pneuma.downloads.DatasetSource;
import io.pneuma.downloads.FileStore;
import io.pneuma.downloads.RemoteFile;
import io.pneuma.downloads.Source;
import io.pneuma.downloads.Sources;
import io.pneuma.images.FilesThere;
import io.pneuma.weights.WeightsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Makes a file of all that a recipe names as weights, before any work, and a folder of an archive
 * of images; fetches what is not there.
 */
final class WeightsFinder {
  private final Terminal terminal;
  private final FileStore store;
  private final Path home;
  private final ImagesFinder images;
  private final Map<BackboneSpec, WeightsSource> found = new HashMap<>();

  WeightsFinder(Terminal terminal, Path home, Path cache) {
    this.terminal = terminal;
    this.home = home;
    this.store = FileStore.weights(cache);
    this.images = new ImagesFinder(terminal, cache);
  }

  /**
   * The recipe with a file for the weights of every backbone.
   *
   * @throws IOException when the images are not there, with all else that is missing; or when
   *     weights cannot be had, with a sentence for each of them
   */
  synchronized Recipe resolve(Recipe wanted) throws IOException {
    requireImages(wanted);
    Recipe recipe = images.located(wanted);
    List<BackboneSpec> backbones = new ArrayList<>();
    List<String> failures = new ArrayList<>();
    for (int i = 0; i < recipe.backbones().size(); i++) {
      BackboneSpec backbone = recipe.backbones().get(i);
      try {
        if (!found.containsKey(backbone)) { // A file is checked once, not for each candidate.
          found.put(backbone, file(backbone));
        }
        backbones.add(backbone.with(found.get(backbone)));
      } catch (WeightsException e) {
        failures.add(
            e.getMessage()
                + "; any file that fits does, too: --set 'backbones["
                + i
                + "].weights=FILE', or weights: FILE in the recipe");
      }
    }
    if (!failures.isEmpty()) {
      throw new IOException(String.join(System.lineSeparator(), failures));
    }
    return recipe.with(backbones);
  }

  /**
   * The recipe with a file for the weights of every backbone that has one here; the others get
   * random ones, since nothing is fetched.
   *
   * @param absent takes a sentence for each that would be fetched
   */
  Recipe withoutFetching(Recipe wanted, List<String> absent) throws IOException {
    requireImages(wanted);
    Recipe recipe = images.located(wanted);
    List<BackboneSpec> backbones = new ArrayList<>();
    for (BackboneSpec backbone : recipe.backbones()) {
      Optional<RemoteFile> remote = remote(backbone);
      if (remote.isEmpty()) {
        backbones.add(backbone.with(file(backbone)));
      } else if (store.isThere(remote.get())) {
        backbones.add(backbone.with(local(backbone, store.fileOf(remote.get()))));
      } else {
        backbones.add(backbone.with(new WeightsSource.None()));
        absent.add(
            "%s: its weights %s are not in the cache and would be fetched from %s"
                .formatted(backbone.name(), backbone.weights(), remote.get().url()));
      }
    }
    return recipe.with(backbones);
  }

  private WeightsSource file(BackboneSpec backbone) throws WeightsException {
    WeightsSource weights = backbone.weights();
    if (weights instanceof OfRun run) {
      return new OfFile(TrainedRun.alone(run.folder(), terminal).model(), Optional.empty(), false);
    }
    Optional<RemoteFile> remote = remote(backbone);
    if (remote.isEmpty()) {
      return weights;
    }
    try (FetchProgress progress = new FetchProgress(terminal, remote.get().fileName())) {
      return local(backbone, store.fetch(remote.get(), progress));
    }
  }

  private static OfFile local(BackboneSpec backbone, Path file) {
    boolean allowNonFinite = backbone.weights() instanceof OfUrl url && url.allowNonFinite();
    return new OfFile(file, Optional.empty(), allowNonFinite);
  }

  private static Optional<RemoteFile> remote(BackboneSpec backbone) {
    if (backbone.weights() instanceof Named named) {
      return Sources.weights(backbone.name(), named.name()).map(Source::file);
    }
    return backbone.weights() instanceof OfUrl url
        ? Optional.of(RemoteFile.of(url.url(), url.sha256()))
        : Optional.empty();
  }

  /** Without images nothing is fetched: first all that is missing is said. */
  private void requireImages(Recipe recipe) throws IOException {
    Path folder = recipe.data().folder();
    FilesThere.requireTold(folder);
    if (Files.isRegularFile(folder) && !ImagesFinder.isKnown(folder)) {
      throw new IOException(
          folder
              + ": is a file; data.folder must be a folder, a table of images (.csv), or such a folder"
              + " as .zip, or MedMNIST's .npz");
    }
    if (recipe.data().generatePhantom() || Files.exists(folder)) {
      return;
    }
    List<String> missing = new ArrayList<>();
    missing.add(
        ImagesFinder.isKnown(folder)
            ? folder + ": there is no such file; data.folder names it"
            : folder + ": there is no such folder" + remedy(folder));
    for (int i = 0; i < recipe.backbones().size(); i++) {
      BackboneSpec backbone = recipe.backbones().get(i);
      Optional<RemoteFile> remote = remote(backbone).filter(file -> !store.isThere(file));
      if (remote.isPresent()) {
        missing.add(
            "backbones["
                + i
                + "].weights = "
                + backbone.weights()
                + " is not in the cache; "
                + (backbone.weights() instanceof Named ? remote.get().fetchedBy() : "train")
                + " fetches it from "
                + remote.get().url());
      }
    }
    throw new IOException(String.join(System.lineSeparator(), missing));
  }

  private String remedy(Path folder) {
    return Sources.datasets().stream()
        .map(DatasetSource::name)
        .filter(name -> folder.equals(home.resolve("data").resolve(name)))
        .findFirst()
        .map(name -> "; ./run.sh data fetch " + name + " gets it")
        .orElse("; expected class folders with images");
  }
}
