package io.pneuma.cli;

import io.pneuma.run.Manifest;
import io.pneuma.run.Manifest.Status;
import io.pneuma.run.RunDirectory;
import java.time.Instant;

/** Writes into the manifest how a run ended: done, failed, or interrupted from outside. */
final class Ending implements AutoCloseable {
  private final RunDirectory run;
  private final Manifest manifest;
  private final Thread interruption;
  private boolean finished;

  Ending(String verb, RunDirectory run, Manifest manifest, Terminal terminal) {
    this.run = run;
    this.manifest = manifest;
    run.writeJson(run.manifest(), manifest);
    interruption =
        new Thread(
            () -> {
              end(Status.INTERRUPTED);
              terminal.line(
                  "interrupted; ./run.sh "
                      + verb
                      + " --resume --run "
                      + run.root()
                      + " goes on with it");
            });
    Runtime.getRuntime().addShutdownHook(interruption);
  }

  void finished() {
    finished = true;
  }

  private void end(Status status) {
    run.writeJson(run.manifest(), manifest.ended(status, Instant.now()));
  }

  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(interruption);
    } catch (IllegalStateException e) {
      return; // The program is being interrupted, and the hook writes the manifest.
    }
    end(finished ? Status.DONE : Status.FAILED);
  }
}
