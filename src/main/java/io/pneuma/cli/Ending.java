package io.pneuma.cli;

import io.pneuma.run.Manifest;
import io.pneuma.run.Manifest.Status;
import io.pneuma.run.RunDirectory;
import java.time.Instant;

/**
 * Sees to it that a run ends with a word, and its manifest with how it ended: done, failed, or
 * interrupted from outside.
 */
final class Ending implements AutoCloseable {
  private static volatile boolean interrupted;

  private final Thread interruption;
  private volatile Begun begun;
  private volatile boolean finished;

  /** A run that is on disk. */
  private record Begun(RunDirectory run, Manifest manifest) {
    void end(Status status) {
      run.writeJson(run.manifest(), manifest.ended(status, Instant.now()));
    }
  }

  /**
   * Watches for an interruption.
   *
   * @param isOnDisk whether the run goes on with one that was there before
   * @param goOn the command that goes on with it
   */
  Ending(boolean isOnDisk, String goOn, Terminal terminal) {
    interruption =
        new Thread(
            () -> {
              interrupted = true;
              if (begun != null && !finished) {
                begun.end(Status.INTERRUPTED);
              }
              terminal.last(
                  begun != null || isOnDisk
                      ? "interrupted; " + goOn + " goes on with it"
                      : "interrupted before the run began; the same command starts it again");
            });
    Runtime.getRuntime().addShutdownHook(interruption);
  }

  /** Whether the program is being interrupted, so that what fails now fails for that. */
  static boolean isInterrupted() {
    return interrupted;
  }

  /** From here on there is a run directory. */
  void begins(RunDirectory run, Manifest manifest) {
    run.writeJson(run.manifest(), manifest);
    begun = new Begun(run, manifest);
  }

  /** All is done that can be done again only as a whole. */
  void finished() {
    finished = true;
    begun.end(Status.DONE);
  }

  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(interruption);
    } catch (IllegalStateException e) {
      return; // The program is being interrupted, and the hook writes the manifest.
    }
    if (begun != null && !finished) {
      begun.end(Status.FAILED);
    }
  }
}
