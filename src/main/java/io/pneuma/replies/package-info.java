/** What a run says of an image in DICOM, as objects of DICOM for the archive that it came from. */
package io.pneuma.replies;
