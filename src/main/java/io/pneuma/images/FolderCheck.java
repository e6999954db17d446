package io.pneuma.images;

import io.pneuma.config.Recipe.DicomRule;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * Everything about a folder of labelled images that may spoil a training run: every file read and
 * decoded once.
 */
public final class FolderCheck {
  private final ImageFolder folder;
  private final List<String> layout;
  private final PatientRule rule;
  private final List<InspectedFile> readable = new ArrayList<>();
  private final List<Unreadable> unreadable = new ArrayList<>();
  private final List<Placed> placed = new ArrayList<>();

  private FolderCheck(ImageFolder folder, PatientRule rule) throws IOException {
    this.folder = folder;
    this.layout = new LayoutCheck(folder).problems();
    this.rule = rule;
  }

  /**
   * Checks a folder.
   *
   * @param dicom which images in DICOM are taken
   * @param progress takes the number of images checked so far, out of {@link Dataset#count}
   * @throws DatasetException when there is no such folder
   */
  public static FolderCheck of(
      Path folder, PatientRule rule, DicomRule dicom, LongConsumer progress) throws IOException {
    FolderCheck check = new FolderCheck(ImageFolder.scan(folder), rule);
    for (InspectedFile file :
        InspectedFile.all(check.folder.files(), dicom, Inspector.HERE, progress)) {
      check.add(file);
    }
    return check;
  }

  private void add(InspectedFile file) {
    Path path = file.labelled().file();
    if (file.problem().isPresent()) {
      unreadable.add(new Unreadable(path, file.problem().get()));
      return;
    }
    readable.add(file);
    placed.add(
        new Placed(
            file.labelled().split(),
            file.labelled().className(),
            folder.relative(path),
            file.patient(rule),
            file.sha256()));
  }

  /**
   * True when there is nothing to mend: splits and classes to train on, images in every class, all
   * of them readable, none twice, every patient known and in one split only.
   */
  public boolean clean() {
    return !readable.isEmpty()
        && layout.isEmpty()
        && folder.alike().isEmpty()
        && unreadable.isEmpty()
        && folder.emptyClasses().isEmpty()
        && duplicates().isEmpty()
        && patientsInTwoSplits().isEmpty()
        && withoutPatient() == 0;
  }

  /**
   * The findings as text: tables first, then what to mend.
   *
   * @param all whether every item of a finding is listed, rather than the first few
   */
  public String report(boolean all) {
    return new FolderReport(this, all).text();
  }

  ImageFolder folder() {
    return folder;
  }

  /** What no recipe can train on. */
  List<String> layout() {
    return layout;
  }

  PatientRule rule() {
    return rule;
  }

  List<InspectedFile> readable() {
    return readable;
  }

  List<Unreadable> unreadable() {
    return unreadable;
  }

  /** Groups of files of equal bytes. */
  Collection<List<Placed>> duplicates() {
    return Placed.duplicates(placed);
  }

  List<String> patientsInTwoSplits() {
    return Placed.patientsInTwoSplits(placed);
  }

  long patients() {
    return placed.stream().flatMap(image -> image.patient().stream()).distinct().count();
  }

  long withoutPatient() {
    return placed.stream().filter(image -> image.patient().isEmpty()).count();
  }
}
