/**
 * Where a network looked: maps of an image that say how much each place speaks for a class, and the
 * checks that such maps must pass on the very network before they are shown.
 */
package io.pneuma.explain;
