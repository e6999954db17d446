package io.pneuma.phantoms;

import io.pneuma.images.DatasetException;
import io.pneuma.images.Hash;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A data set of phantom radiographs, for trying and testing without any download: 408 images of 136
 * patients, {@code NORMAL} to {@code PNEUMONIA} about 1:2, with a {@code test/} split of patients
 * of its own.
 */
public final class Phantoms {
  /** Images of one patient after another, so that no count depends on the seed. */
  private static final int[] IMAGES = {2, 3, 4, 3};

  /** Where the opacities are, as COCO's annotations tell it. */
  private static final String PLACES = "places.json";

  private static final String PATTERN = "person%d_phantom_%d.png";
  private static final Pattern NAME = Pattern.compile("person\\d+_phantom_\\d+\\.png");

  private Phantoms() {}

  /**
   * Draws the data set; the same seed gives the same bytes on every machine.
   *
   * @param folder takes {@code train|test/CLASS/personN_phantom_K.png} and {@code places.json},
   *     which tells where the opacities are; it is made whole or not at all
   * @throws DatasetException when the folder holds something already
   */
  public static void draw(Path folder, long seed) throws IOException {
    Path target = folder.toAbsolutePath().normalize();
    if (Files.exists(target) && !isEmptyFolder(target)) {
      throw new DatasetException(
          folder + ": there is something already; phantoms are drawn into a new folder only");
    }
    Files.createDirectories(target.getParent());
    Path partial =
        Files.createTempDirectory(target.getParent(), "." + target.getFileName() + ".partial-");
    try {
      OpacityPlaces places = new OpacityPlaces(partial, PhantomPatient.SIZE);
      int patient = 1;
      patient = draw(partial.resolve("train/NORMAL"), false, patient, 32, seed, places);
      patient = draw(partial.resolve("train/PNEUMONIA"), true, patient, 68, seed, places);
      patient = draw(partial.resolve("test/NORMAL"), false, patient, 12, seed, places);
      draw(partial.resolve("test/PNEUMONIA"), true, patient, 24, seed, places);
      Files.writeString(partial.resolve(PLACES), places.json());
      Files.deleteIfExists(target);
      Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      delete(partial);
    }
  }

  /** Whether a folder holds phantoms, which their names tell. */
  public static boolean isDrawn(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return false;
    }
    try (Stream<Path> files = Files.walk(folder, 3)) {
      return files.anyMatch(file -> NAME.matcher(file.getFileName().toString()).matches());
    } catch (UncheckedIOException e) {
      return false; // What cannot be listed is reported by whoever needs it.
    }
  }

  private static int draw(
      Path folder, boolean ill, int firstPatient, int patients, long seed, OpacityPlaces places)
      throws IOException {
    Files.createDirectories(folder);
    for (int patient = firstPatient; patient < firstPatient + patients; patient++) {
      PhantomPatient body = new PhantomPatient(new Random(Hash.seed(seed, patient)), ill);
      for (int image = 1; image <= IMAGES[patient % IMAGES.length]; image++) {
        PhantomPatient.Radiograph drawn =
            body.radiograph(new Random(Hash.seed(seed, patient, image)));
        Path file = folder.resolve(PATTERN.formatted(patient, image));
        Files.write(file, GreyPng.encode(drawn.pixels(), PhantomPatient.SIZE));
        if (ill) {
          places.add(file, drawn.opaque());
        }
      }
    }
    return firstPatient + patients;
  }

  private static boolean isEmptyFolder(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return false;
    }
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.findAny().isEmpty();
    }
  }

  private static void delete(Path folder) throws IOException {
    if (Files.exists(folder)) {
      List<Path> deepestFirst;
      try (Stream<Path> entries = Files.walk(folder)) {
        deepestFirst = entries.sorted(Comparator.reverseOrder()).toList();
      }
      for (Path path : deepestFirst) {
        Files.delete(path);
      }
    }
  }
}
