package io.pneuma.run;

import java.io.IOException;
import java.nio.file.Path;

/** Fills a temporary file, which then takes the place of the real one. */
@FunctionalInterface
public interface WriterAction {
  /**
   * Writes the content.
   *
   * @param temporary in the folder of the real file and with its ending; does not exist yet
   */
  void fill(Path temporary) throws IOException;
}
