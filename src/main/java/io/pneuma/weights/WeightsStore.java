package io.pneuma.weights;

import java.nio.file.Path;

/** The weights in the user's cache. */
public final class WeightsStore {
  private final FileStore files;

  /**
   * The weights of a cache.
   *
   * @param cacheFolder of all that may be fetched or computed again; its {@code weights} is used
   */
  public WeightsStore(Path cacheFolder) {
    this.files = new FileStore(cacheFolder.resolve("weights"));
  }

  /** The files themselves. */
  public FileStore files() {
    return files;
  }

  /** Where the weights are, or would be. */
  public Path fileOf(Source source) {
    return files.fileOf(source.file());
  }

  /** True when there is a file of that name. */
  public boolean isThere(Source source) {
    return files.isThere(source.file());
  }

  /**
   * The weights, after their digest has been compared.
   *
   * @throws WeightsException when they are not there, or are others
   */
  public Path verified(Source source) throws WeightsException {
    return files.verified(source.file());
  }

  /**
   * The weights, fetched if they are not there, and checked in any case.
   *
   * @throws WeightsException when they cannot be had; says how to put them there by hand
   */
  public Path fetch(Source source, FetchListener listener) throws WeightsException {
    return files.fetch(source.file(), listener);
  }
}
