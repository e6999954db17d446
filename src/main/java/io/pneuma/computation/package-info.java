/** What a network computes, as steps on feature maps read from a Deeplearning4j graph. */
package io.pneuma.computation;
