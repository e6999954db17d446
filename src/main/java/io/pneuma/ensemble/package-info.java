/** Several runs as one model: the mean of their probabilities. */
package io.pneuma.ensemble;
