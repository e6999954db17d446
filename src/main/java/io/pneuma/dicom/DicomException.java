package io.pneuma.dicom;

import java.io.IOException;

/**
 * A DICOM file that gives no image. The message says why and completes a sentence that begins with
 * the file; it never holds a name, an id or a date of what the file says.
 */
public final class DicomException extends IOException {
  private static final long serialVersionUID = 1;

  DicomException(String reason) {
    super(reason);
  }
}
