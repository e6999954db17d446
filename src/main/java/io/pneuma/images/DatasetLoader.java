package io.pneuma.images;

import io.pneuma.config.Recipe;
import io.pneuma.config.Recipe.HoldOutRule;
import io.pneuma.images.ImageFolder.LabelledFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;

/** Makes a {@link Dataset} of a folder: checks its layout, reads its images, splits them. */
final class DatasetLoader {
  private final Recipe.Data data;
  private final long seed;
  private final PatientRule rule;
  private final List<String> ofHoldOuts = new ArrayList<>();

  DatasetLoader(Recipe.Data data, long seed) {
    this.data = data;
    this.seed = seed;
    this.rule = PatientRule.of(data.groupBy());
  }

  Dataset load(Inspector inspector, LongConsumer progress) throws IOException {
    ImageFolder folder = ImageFolder.scan(data.folder());
    new LayoutCheck(folder).require(data);
    Inspection inspection = Inspection.of(folder.root(), folder.files(), data, inspector, progress);
    List<InspectedFile> readable = inspection.readable();
    folder.requireSame(readable);
    long nameless = readable.stream().filter(file -> patient(file).isEmpty()).count();
    if (nameless > 0 && (data.validation().isPresent() || data.test().isPresent())) {
      throw namesWithoutPatient(nameless, readable);
    }

    List<String> labels = List.copyOf(folder.labels());
    Map<Split, List<LabelledImage>> splits = split(readable, folder, labels);
    for (String label : labels) {
      int index = labels.indexOf(label);
      if (splits.get(Split.TRAIN).stream().noneMatch(image -> image.label() == index)) {
        throw new DatasetException(
            folder.root() + ": no image of class " + label + " is left to train on");
      }
    }
    return new Dataset(
        labels,
        splits.get(Split.TRAIN),
        splits.get(Split.VALIDATION),
        splits.get(Split.TEST),
        warnings(folder, readable, splits, labels, nameless),
        inspection.unreadable());
  }

  private Map<Split, List<LabelledImage>> split(
      List<InspectedFile> readable, ImageFolder folder, List<String> labels) throws IOException {
    Map<Split, List<LabelledImage>> splits = new EnumMap<>(Split.class);
    for (Split split : Split.values()) {
      splits.put(split, new ArrayList<>());
    }
    for (InspectedFile file : readable) {
      LabelledFile labelled = file.labelled();
      splits
          .get(labelled.split())
          .add(
              new LabelledImage(
                  labelled.file(),
                  labels.indexOf(labelled.className()),
                  patient(file).orElse(folder.relative(labelled.file())),
                  file.sha256()));
    }
    if (data.validation().isPresent()) {
      splits.get(Split.TRAIN).addAll(splits.get(Split.VALIDATION));
      splits.get(Split.VALIDATION).clear();
    }
    List<Path> files = readable.stream().map(file -> file.labelled().file()).toList();
    if (data.test().isPresent()) {
      holdOut(data.test().get(), Split.TEST, splits, labels, files);
    }
    if (data.validation().isPresent()) {
      holdOut(data.validation().get().heldOut(), Split.VALIDATION, splits, labels, files);
    }
    return splits;
  }

  private void holdOut(
      HoldOutRule rule,
      Split into,
      Map<Split, List<LabelledImage>> splits,
      List<String> labels,
      List<Path> files)
      throws IOException {
    List<LabelledImage> train = splits.get(Split.TRAIN);
    Set<LabelledImage> held;
    if (rule instanceof HoldOutRule.Where where) {
      String key = "data." + (into == Split.TEST ? "test" : "validation") + ".where = " + where;
      Attributes attributes = Attributes.of(data.attributes(), data.folder(), files);
      PatientGroups groups = new PatientGroups(key, where.attribute(), attributes, train, labels);
      held = new HashSet<>(groups.of(where.value()));
      groups.warning().ifPresent(ofHoldOuts::add);
    } else {
      double fraction = ((HoldOutRule.Share) rule).fraction();
      held = new HoldOut(train).choose(fraction, Hash.seed(seed, into.folder), labels);
    }
    for (LabelledImage image : train) {
      if (held.contains(image)) {
        splits.get(into).add(image);
      }
    }
    train.removeAll(held);
  }

  private Optional<String> patient(InspectedFile file) {
    return file.patient(rule);
  }

  private DatasetException namesWithoutPatient(long count, List<InspectedFile> readable) {
    InspectedFile example =
        readable.stream().filter(file -> patient(file).isEmpty()).findFirst().orElseThrow();
    return new DatasetException(
        ("%s: %s finds no patient in %d of %d names, such as %s; give data.validation.groupBy a"
                + " regular expression whose first group is the patient, or \"(.+)\" where each"
                + " image is a patient of its own"
                + (Recipe.Data.isTable(data.folder())
                    ? "; or give the table a column patient"
                    : ""))
            .formatted(
                data.folder(),
                rule,
                count,
                readable.size(),
                example.labelled().file().getFileName()));
  }

  private List<String> warnings(
      ImageFolder folder,
      List<InspectedFile> readable,
      Map<Split, List<LabelledImage>> splits,
      List<String> labels,
      long nameless) {
    List<Placed> placed = new ArrayList<>();
    Map<Path, Optional<String>> patientOf = new HashMap<>();
    readable.forEach(file -> patientOf.put(file.labelled().file(), patient(file)));
    splits.forEach(
        (split, images) ->
            images.forEach(
                image ->
                    placed.add(
                        new Placed(
                            split,
                            labels.get(image.label()),
                            folder.relative(image.file()),
                            patientOf.get(image.file()),
                            image.sha256()))));
    List<String> warnings = new ArrayList<>(ofHoldOuts);
    List<InspectedFile> dim = readable.stream().filter(InspectedFile::dim).toList();
    if (!dim.isEmpty()) {
      String example = folder.relative(dim.get(0).labelled().file());
      warnings.add(InspectedFile.DIM + ": " + dim.size() + ", such as " + example);
    }
    List<LabelledImage> test = splits.get(Split.TEST);
    for (String label : test.isEmpty() ? List.<String>of() : labels) {
      if (test.stream().noneMatch(image -> labels.get(image.label()).equals(label))) {
        warnings.add(
            "the test split has no image of "
                + label
                + ", so that what needs both classes there, such as the ROC AUC, stays undefined (NaN)");
      }
    }
    for (String alike : folder.alike()) {
      warnings.add(ImageFolder.ALIKE + ": " + alike);
    }
    List<String> inTwo = Placed.patientsInTwoSplits(placed);
    if (!inTwo.isEmpty()) {
      warnings.add(
          "patients with images in more than one split: "
              + inTwo.size()
              + ", such as "
              + String.join(", ", inTwo.subList(0, Math.min(3, inTwo.size())))
              + "; the results may be too good");
    }
    Collection<List<Placed>> duplicates = Placed.duplicates(placed);
    warn(
        warnings,
        "images that stand in more than one split",
        duplicates.stream()
            .filter(group -> group.stream().map(Placed::split).distinct().count() > 1)
            .toList());
    warn(
        warnings,
        "images that stand in more than one class",
        duplicates.stream()
            .filter(group -> group.stream().map(Placed::className).distinct().count() > 1)
            .toList());
    if (nameless > 0) {
      warnings.add(
          "%s finds no patient in %d names; whether patients stand in two splits is unknown for them"
              .formatted(rule, nameless));
    }
    if (!folder.unused().isEmpty()) {
      warnings.add("folders beside train, val and test are not used: " + folder.unused());
    }
    return warnings;
  }

  private static void warn(List<String> warnings, String what, List<List<Placed>> groups) {
    if (!groups.isEmpty()) {
      String example = groups.get(0).stream().map(Placed::path).collect(Collectors.joining(" = "));
      warnings.add(what + ": " + groups.size() + ", such as " + example);
    }
  }
}
