/**
 * Measures Pneuma against what a user would pick instead, in turns. No part of the program: the
 * Maven profile {@code bench} alone compiles it, with the peers' libraries.
 */
package io.pneuma.bench;
