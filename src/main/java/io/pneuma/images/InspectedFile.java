package io.pneuma.images;

import io.pneuma.config.Recipe.DicomRule;
import io.pneuma.images.ImageFolder.LabelledFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongConsumer;

/**
 * A file of an image folder after it was read and decoded once.
 *
 * @param sha256 of its bytes; empty when they could not be read
 * @param header empty when there is a problem
 * @param form empty when there is a problem
 * @param dicomPatient of a file of DICOM, numbered in the order of the files; empty where it tells
 *     none
 * @param dim whether its brightest pixel is at most a sixteenth of full scale
 * @param problem why it gives no image
 */
record InspectedFile(
    LabelledFile labelled,
    String sha256,
    Optional<ImageHeader> header,
    Optional<FileForm> form,
    Optional<String> dicomPatient,
    boolean dim,
    Optional<String> problem) {

  /** Said of dim images wherever they are counted. */
  static final String DIM =
      "images whose brightest pixel is at most a sixteenth of full scale, as where 12 bits are stored"
          + " in 16";

  /**
   * What somebody finds of every file.
   *
   * @param dicom which images in DICOM are taken
   * @param progress takes the number of files done so far, on the calling thread
   */
  static List<InspectedFile> all(
      List<LabelledFile> files, DicomRule dicom, Inspector inspector, LongConsumer progress)
      throws IOException {
    List<InspectedFile> inspected = new ArrayList<>();
    Map<String, Integer> numbers = new HashMap<>();
    inspector.inspect(
        files.stream().map(LabelledFile::file).toList(),
        dicom,
        found -> {
          inspected.add(numbered(files.get(inspected.size()), found, numbers));
          progress.accept(inspected.size());
        });
    return inspected;
  }

  /** Who a patient is stays here: a number tells one from another as well. */
  private static InspectedFile numbered(
      LabelledFile file, Inspected found, Map<String, Integer> numbers) {
    return new InspectedFile(
        file,
        found.sha256(),
        Optional.ofNullable(found.header()),
        Optional.ofNullable(found.form()),
        Optional.ofNullable(found.dicomPatient())
            .map(id -> "DICOM patient " + numbers.computeIfAbsent(id, i -> numbers.size() + 1)),
        found.dim(),
        Optional.ofNullable(found.problem()));
  }

  /**
   * Whose image it is: by a table, or else by what DICOM says where the rule is not of names, or
   * else by its name; empty where none tells.
   */
  Optional<String> patient(PatientRule rule) {
    return labelled
        .patient()
        .or(() -> rule.isOfNames() ? Optional.empty() : dicomPatient)
        .or(() -> rule.find(ImageFolder.name(labelled.file())));
  }
}
