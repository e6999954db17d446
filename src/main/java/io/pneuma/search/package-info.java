/**
 * Hyperparameter search: Arbiter proposes candidates and runs them, this room makes recipes of
 * them, keeps what they scored and tells what came of it. The only importer of Arbiter; the command
 * line calls it.
 */
package io.pneuma.search;
