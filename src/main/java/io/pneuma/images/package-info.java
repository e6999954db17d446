/**
 * From a folder of image files to batches of pixels: the folder's layout, decoding, the split by
 * patient, augmentation and prefetch, the phantom radiographs of the quickstart and the check of a
 * folder. May use {@code config} only.
 *
 * <p>Pixels leave this room in one form: RGB in [0,1], three planes of S x S floats, whatever the
 * file was. Networks do their own normalisation inside the graph.
 */
package io.pneuma.images;
