/** The command line: one class a verb, one table of verbs in {@link io.pneuma.cli.Cli}. */
package io.pneuma.cli;
