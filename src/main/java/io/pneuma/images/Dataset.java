package io.pneuma.images;

import io.pneuma.config.Recipe;
import io.pneuma.images.ImageFolder.LabelledFile;
import java.io.IOException;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;

/**
 * The labelled images of a folder, split so that no patient that could be kept whole stands in two
 * splits.
 *
 * @param labels class names, sorted; the same list for every split
 * @param warnings what may spoil a result without stopping it, a sentence each
 * @param skipped files that gave no image, where the recipe allows to go on without them
 */
public record Dataset(
    List<String> labels,
    List<LabelledImage> train,
    List<LabelledImage> validation,
    List<LabelledImage> test,
    List<String> warnings,
    List<Unreadable> skipped)
    implements Serializable {

  /** Copies the lists, so that a data set never changes. */
  public Dataset {
    labels = List.copyOf(labels);
    train = List.copyOf(train);
    validation = List.copyOf(validation);
    test = List.copyOf(test);
    warnings = List.copyOf(warnings);
    skipped = List.copyOf(skipped);
  }

  /**
   * Reads every image of the folder once, so that a bad one is found before any work, and splits
   * them by patient.
   *
   * <p>With {@code data.validation}, {@code val/} is pooled with {@code train/} and a share of the
   * patients of each class is held out, or all patients of a value of an attribute; without it
   * {@code val/} is used as it is. A test split is held out before, in the same manner; the
   * validation share is then of what is left.
   *
   * @param progress takes the number of images checked so far, out of {@link #count}
   * @throws DatasetException when the folder gives no data set, with what to do about it
   */
  public static Dataset load(Recipe.Data data, long seed, LongConsumer progress)
      throws IOException {
    return load(data, seed, Inspector.HERE, progress);
  }

  /**
   * The same where others may read the images.
   *
   * @param inspector who reads them
   * @param progress takes the number of images checked so far, out of {@link #count}
   * @throws DatasetException when the folder gives no data set, with what to do about it
   */
  public static Dataset load(
      Recipe.Data data, long seed, Inspector inspector, LongConsumer progress) throws IOException {
    return new DatasetLoader(data, seed).load(inspector, progress);
  }

  /**
   * Reads images to measure a trained network on: all of {@code CLASS/image}, or {@code test/}
   * alone where the folder has splits, since the others may have been trained on; of a table the
   * same.
   *
   * @param labels of the network; every class of the folder must be one of them
   * @param recipe of the network: how patients are told, and what is done with bad images
   * @param skipped takes the files that gave no image, where it is allowed to go on without them
   * @throws DatasetException when the folder gives no such images, with what to do about it
   */
  public static List<LabelledImage> labelled(
      Path folder,
      List<String> labels,
      Recipe.Data recipe,
      LongConsumer progress,
      Consumer<Unreadable> skipped)
      throws IOException {
    ImageFolder scanned = ImageFolder.scan(folder);
    boolean hasTrain = !scanned.isFlat() && scanned.classes().containsKey(Split.TRAIN);
    Split split = scanned.classes().containsKey(Split.TEST) ? Split.TEST : Split.TRAIN;
    if (split != Split.TEST && scanned.isTable() && !scanned.isFlat()) {
      throw new DatasetException(
          folder
              + ": no line has the split test; to measure on all its images, leave the column split"
              + " out");
    }
    if (hasTrain && split != Split.TEST) {
      throw new DatasetException(
          folder
              + ": there is no test/ beside train/; to measure on one of its splits, name that split's"
              + " folder");
    }
    List<LabelledFile> files =
        scanned.files().stream().filter(file -> file.split() == split).toList();
    if (files.isEmpty()) {
      throw new DatasetException(
          folder + ": there are no images in class folders; expected CLASS/image");
    }
    for (LabelledFile file : files) {
      if (!labels.contains(file.className())) {
        throw new DatasetException(
            folder
                + ": the class "
                + file.className()
                + " is unknown to the network; it knows "
                + String.join(", ", labels));
      }
    }
    return inspected(
        scanned, files, recipe, progress, skipped, file -> labels.indexOf(file.className()));
  }

  /**
   * The readable ones of some files.
   *
   * @param label of a file
   */
  private static List<LabelledImage> inspected(
      ImageFolder folder,
      List<LabelledFile> files,
      Recipe.Data recipe,
      LongConsumer progress,
      Consumer<Unreadable> skipped,
      ToIntFunction<LabelledFile> label)
      throws IOException {
    Inspection inspection = Inspection.of(folder.root(), files, recipe, Inspector.HERE, progress);
    inspection.unreadable().forEach(skipped);
    folder.requireSame(inspection.readable());
    PatientRule rule = PatientRule.of(recipe.groupBy());
    List<LabelledImage> images = new ArrayList<>();
    for (InspectedFile inspected : inspection.readable()) {
      Path file = inspected.labelled().file();
      String patient = inspected.patient(rule).orElseGet(() -> folder.relative(file));
      images.add(
          new LabelledImage(
              file, label.applyAsInt(inspected.labelled()), patient, inspected.sha256()));
    }
    return List.copyOf(images);
  }

  /**
   * Reads images of which no class is asked, wherever they lie below a folder or stand in a table:
   * every label is 0, and says nothing.
   *
   * @param recipe of the network: how patients are told, and what is done with bad images
   * @param skipped takes the files that gave no image, where it is allowed to go on without them
   * @throws DatasetException when the folder gives no images
   */
  public static List<LabelledImage> unlabelled(
      Path folder, Recipe.Data recipe, LongConsumer progress, Consumer<Unreadable> skipped)
      throws IOException {
    ImageFolder found = unlabelled(folder);
    if (found.files().isEmpty()) {
      throw new DatasetException(folder + ": there is no image in this folder or below it");
    }
    return inspected(found, found.files(), recipe, progress, skipped, file -> 0);
  }

  /**
   * The number of files that {@link #unlabelled} will check.
   *
   * @throws DatasetException when there is no such folder
   */
  public static int countUnlabelled(Path folder) throws IOException {
    return unlabelled(folder).files().size();
  }

  private static ImageFolder unlabelled(Path folder) throws IOException {
    FilesThere.requireTold(folder);
    if (Files.isDirectory(folder)) {
      List<LabelledFile> files =
          ImageFiles.below(folder).images().stream()
              .map(file -> new LabelledFile(file, Split.TEST, "", Optional.empty()))
              .toList();
      return new ImageFolder(folder, Map.of(), files, List.of(), true, Optional.empty());
    }
    if (Recipe.Data.isTable(folder)) {
      return ImageFolder.scan(folder);
    }
    throw new DatasetException(folder + ": there is no such folder; expected one of images");
  }

  /**
   * What is known of the images beside their classes.
   *
   * @throws DatasetException when the recipe names a source that knows none of them
   */
  public Attributes attributes(Recipe.Data recipe) throws IOException {
    List<Path> files =
        Stream.of(train, validation, test)
            .flatMap(List::stream)
            .map(LabelledImage::file)
            .distinct() // Of folds, whose pool stands in two splits.
            .toList();
    return Attributes.of(recipe.attributes(), recipe.folder(), files);
  }

  /** The number of files that {@link #load} will check. */
  public static long count(Path folder) throws IOException {
    return ImageFolder.scan(folder).files().size();
  }

  /**
   * Identifies the images, their classes and their splits, wherever the folder stands: the SHA-256
   * over the sorted lines {@code SPLIT CLASS/FILE CONTENT}.
   */
  public String sha256() {
    TreeSet<String> lines = new TreeSet<>();
    Map.of("train", train, "validation", validation, "test", test)
        .forEach((split, images) -> images.forEach(image -> lines.add(line(split, image))));
    return Hash.hex(String.join("\n", lines).getBytes(StandardCharsets.UTF_8));
  }

  private String line(String split, LabelledImage image) {
    String path = labels.get(image.label()) + "/" + ImageFolder.name(image.file());
    return split + " " + path + " " + image.sha256();
  }
}
