/** Walk-throughs: Markdown with cells of Java, executed and exported for Jupyter and browsers. */
package io.pneuma.notebooks;
