package io.pneuma.downloads;

import java.util.Set;

/**
 * A published archive of labelled images.
 *
 * @param name the name to fetch it by, and of its folder
 * @param topFolder the folder inside the archive that holds everything
 * @param licence the SPDX name
 * @param validation images, as CLASS/image, that belong into {@code val/} where the archive has
 *     them in {@code train/}
 */
public record DatasetSource(
    String name, RemoteFile file, String topFolder, String licence, Set<String> validation) {
  private static final String TRAIN = "train/";

  /** Where in the unpacked folder a file of the archive belongs. */
  public String place(String path) {
    boolean moves = path.startsWith(TRAIN) && validation.contains(path.substring(TRAIN.length()));
    return moves ? "val/" + path.substring(TRAIN.length()) : path;
  }
}
