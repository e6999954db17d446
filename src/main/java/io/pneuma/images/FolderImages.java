package io.pneuma.images;

import io.pneuma.config.Recipe.DicomRule;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * All images of a folder, whatever their splits, with what their files are like.
 *
 * @param labels class names, sorted
 * @param unreadable files that give no image, which are left out
 * @param withoutPatient images whose names the patient rule does not match; each counts as a
 *     patient of its own
 */
public record FolderImages(
    List<String> labels, List<Found> images, List<Unreadable> unreadable, int withoutPatient) {

  /**
   * An image where it was found.
   *
   * @param split the folder of its split; {@code train} where there are no splits
   * @param path below the folder, with slashes
   */
  public record Found(LabelledImage image, String split, String path, FileForm form) {}

  /** Copies the lists. */
  public FolderImages {
    labels = List.copyOf(labels);
    images = List.copyOf(images);
    unreadable = List.copyOf(unreadable);
  }

  /**
   * Reads and decodes every image once.
   *
   * @param dicom which images in DICOM are taken
   * @param progress takes the number of images read so far, out of {@link Dataset#count}
   * @throws DatasetException when there is no such folder, or no recipe could train on it, or none
   *     of its files gives an image
   */
  public static FolderImages of(
      Path folder, PatientRule rule, DicomRule dicom, LongConsumer progress) throws IOException {
    return of(folder, rule, dicom, Inspector.HERE, progress);
  }

  /**
   * The same where others may read the images.
   *
   * @param dicom which images in DICOM are taken
   * @param inspector who reads them
   * @param progress takes the number of images read so far, out of {@link Dataset#count}
   * @throws DatasetException when there is no such folder, or no recipe could train on it, or none
   *     of its files gives an image
   */
  public static FolderImages of(
      Path folder, PatientRule rule, DicomRule dicom, Inspector inspector, LongConsumer progress)
      throws IOException {
    ImageFolder scanned = ImageFolder.scan(folder);
    List<String> problems = new LayoutCheck(scanned).problems();
    if (!problems.isEmpty()) {
      throw new DatasetException(String.join(System.lineSeparator(), problems));
    }
    List<String> labels = List.copyOf(scanned.labels());
    List<Found> images = new ArrayList<>();
    List<Unreadable> unreadable = new ArrayList<>();
    int withoutPatient = 0;
    for (InspectedFile file : InspectedFile.all(scanned.files(), dicom, inspector, progress)) {
      Path path = file.labelled().file();
      if (file.problem().isPresent()) {
        unreadable.add(new Unreadable(path, file.problem().get()));
        continue;
      }
      String relative = scanned.relative(path);
      String patient = file.patient(rule).orElse(relative);
      withoutPatient += patient.equals(relative) ? 1 : 0;
      int label = labels.indexOf(file.labelled().className());
      images.add(
          new Found(
              new LabelledImage(path, label, patient, file.sha256()),
              file.labelled().split().folder,
              relative,
              file.form().orElseThrow()));
    }
    if (images.isEmpty()) {
      throw new DatasetException(
          folder
              + ": none of its "
              + unreadable.size()
              + " files gives an image, such as "
              + unreadable.get(0));
    }
    return new FolderImages(labels, images, unreadable, withoutPatient);
  }

  /** The number of patients. */
  public long patients() {
    return images.stream().map(found -> found.image().patient()).distinct().count();
  }

  /** The same without the images of a split. */
  public FolderImages without(String split) {
    return new FolderImages(
        labels,
        images.stream().filter(found -> !found.split().equals(split)).toList(),
        unreadable,
        withoutPatient);
  }

  /** The patient that each image counts as, those who share an image counting as one. */
  public List<String> units() {
    List<LabelledImage> pool = images.stream().map(Found::image).toList();
    HoldOut units = new HoldOut(pool);
    return pool.stream().map(units::unit).toList();
  }
}
