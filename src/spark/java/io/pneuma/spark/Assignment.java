package io.pneuma.spark;

import io.pneuma.features.CopiedShelf;
import io.pneuma.search.MedianRule;
import io.pneuma.training.ReadyTrial;
import java.io.Serializable;
import java.util.List;

/**
 * A training for an executor.
 *
 * @param part number of the images that it trains on
 * @param features that it reads, for each backbone; none where it reads images alone
 * @param weights for each backbone the name of its file as it was sent, or an empty one; no entry
 *     where the head alone learns
 * @param rule that may give it up; null where it shall answer for the test split
 */
record Assignment(
    ReadyTrial trial, int part, List<CopiedShelf> features, List<String> weights, MedianRule rule)
    implements Serializable {}
