package io.pneuma.images;

import io.pneuma.config.Recipe.DicomRule;
import io.pneuma.platform.Processor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Who reads and decodes the files of a data set once, before anything is done with them. */
@FunctionalInterface
public interface Inspector {
  /** This machine, on all processors. */
  Inspector HERE = (files, dicom, each) -> Inspected.all(files, dicom, Processor.cores(), each);

  /** Takes what is found, on the calling thread. */
  @FunctionalInterface
  interface Each {
    /**
     * Takes what was found of the next file.
     *
     * @throws IOException to end it
     */
    void accept(Inspected found) throws IOException;
  }

  /**
   * Inspects files, the same whoever does.
   *
   * @param dicom which images in DICOM are taken
   * @param each takes what is found, in the order of the files
   */
  void inspect(List<Path> files, DicomRule dicom, Each each) throws IOException;
}
