package io.pneuma.weights;

/**
 * A published archive of labelled images.
 *
 * @param name the name to fetch it by, and of its folder
 * @param topFolder the folder inside the archive that holds everything
 * @param licence the SPDX name
 */
public record DatasetSource(String name, RemoteFile file, String topFolder, String licence) {}
