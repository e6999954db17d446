package io.pneuma.cli;

import io.pneuma.config.ConfigException;
import io.pneuma.images.ImageFiles;
import io.pneuma.prediction.AskedFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;

/**
 * Something to answer for: an image, or a place where there is none.
 *
 * @param given as the caller wrote it, or below what the caller wrote
 * @param problem why there is none; empty where there may be one
 */
record Question(Path given, Path file, String problem) {
  /** What the verbs that ask say of their places. */
  static final String PLACES =
      "The images; of a folder all that are below it, in the order of their names, and no other"
          + " files. A quoted pattern such as 'wards/**/*.png' is expanded.";

  /**
   * Those of images, folders and patterns, of a folder all that are below it, in the order of their
   * names.
   *
   * @throws ConfigException when a pattern matches nothing
   */
  static List<Question> of(List<String> places, Terminal terminal) throws IOException {
    List<Question> questions = new ArrayList<>();
    if (places.stream().anyMatch(String::isEmpty)) {
      throw new ConfigException("an empty name is no image; expected IMAGE|FOLDER");
    }
    for (String place : places) {
      for (String match : Glob.isOne(place) ? Glob.matches(place) : List.of(place)) {
        ask(Verb.written(match), questions, terminal);
      }
    }
    return questions;
  }

  private static void ask(Path given, List<Question> questions, Terminal terminal) {
    Path place;
    try {
      place = Verb.imagesFromCaller(given);
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

  /** What the networks are to look at. */
  AskedFile asked() {
    return new AskedFile(file, problem);
  }

  /** By which a file that was changed is told: its size and time; empty where there is none. */
  String state() {
    try {
      BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
      return file + " " + now.size() + " " + now.lastModifiedTime();
    } catch (IOException e) {
      return "";
    }
  }
}
