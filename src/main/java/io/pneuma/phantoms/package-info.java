/** Drawn chest radiographs, for the quickstart and for tests. */
package io.pneuma.phantoms;
