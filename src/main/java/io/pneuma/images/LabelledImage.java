package io.pneuma.images;

import java.io.Serializable;
import java.nio.file.Path;

/**
 * An image file and what is known of it.
 *
 * @param label index in the data set's label list
 * @param patient whose image it is, by the {@link PatientRule}; the image's own path where the rule
 *     does not match and no split depends on it
 * @param sha256 of the file's bytes, in hexadecimal
 */
public record LabelledImage(Path file, int label, String patient, String sha256)
    implements Serializable {}
