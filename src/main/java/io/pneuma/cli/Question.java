package io.pneuma.cli;

import io.pneuma.config.ConfigException;
import io.pneuma.images.ImageFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Something to answer for: an image, or a place where there is none.
 *
 * @param given as the caller wrote it, or below what the caller wrote
 * @param problem why there is none; empty where there may be one
 */
record Question(Path given, Path file, String problem) {
  /**
   * Those of images and folders, of a folder all that are below it, in the order of their names.
   */
  static List<Question> of(List<Path> places, Terminal terminal) {
    List<Question> questions = new ArrayList<>();
    if (places.stream().anyMatch(place -> place.toString().isEmpty())) {
      throw new ConfigException("an empty name is no image; expected IMAGE|FOLDER");
    }
    places.forEach(place -> ask(place, questions, terminal));
    return questions;
  }

  private static void ask(Path given, List<Question> questions, Terminal terminal) {
    Path place;
    try {
      place = Verb.fromCaller(given);
    } catch (ConfigException e) {
      String why = e.getMessage().substring(given.toString().length() + 2);
      questions.add(new Question(given, given, why));
      return;
    }
    if (!Files.isDirectory(place)) {
      questions.add(new Question(given, place, ""));
      return;
    }
    ImageFiles files = ImageFiles.below(place);
    for (Path image : files.images()) {
      questions.add(new Question(given.resolve(place.relativize(image)), image, ""));
    }
    files
        .unlisted()
        .forEach(
            (folder, why) ->
                questions.add(new Question(given.resolve(place.relativize(folder)), folder, why)));
    if (files.images().isEmpty() && files.unlisted().isEmpty()) {
      questions.add(new Question(given, place, "there is no image in this folder"));
    }
    if (!files.others().isEmpty()) {
      terminal.line(
          "passed over: %d files of %s that are no images, such as %s"
              .formatted(files.others().size(), given, files.others().get(0).getFileName()));
    }
  }
}
