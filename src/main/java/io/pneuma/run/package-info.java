/**
 * A run directory: the files that one training run leaves behind, each written whole or not at all.
 * Training fills it; prediction, monitor and report read it.
 */
package io.pneuma.run;
