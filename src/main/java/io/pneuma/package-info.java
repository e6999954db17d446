/** The entry point; the rooms below it follow the pipeline from images to predictions. */
package io.pneuma;
