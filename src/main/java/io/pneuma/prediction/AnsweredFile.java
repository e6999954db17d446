package io.pneuma.prediction;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import com.fasterxml.jackson.annotation.JsonUnwrapped;

/**
 * What an image file is answered with, a line of {@code predict --json}: a verdict or an error.
 *
 * @param verdict null where there is an error
 * @param error null where there is a verdict
 */
@JsonInclude(Include.NON_NULL)
public record AnsweredFile(String file, @JsonUnwrapped Verdict verdict, String error) {}
