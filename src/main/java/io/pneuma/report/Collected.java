package io.pneuma.report;

import io.pneuma.evaluation.Answers;
import io.pneuma.evaluation.CheckedMaps;
import io.pneuma.evaluation.Curves;
import io.pneuma.evaluation.Decision;
import io.pneuma.evaluation.Heard;
import io.pneuma.evaluation.Measurement;
import io.pneuma.evaluation.Shortcuts;
import io.pneuma.onednn.Stored;
import io.pneuma.report.RecordedRun.Image;
import io.pneuma.report.ReportData.ClassCurves;
import io.pneuma.report.ReportData.Picture;
import io.pneuma.report.ReportData.Row;
import io.pneuma.report.ReportData.SplitData;
import io.pneuma.run.Adapted;
import io.pneuma.run.History;
import io.pneuma.run.Manifest;
import io.pneuma.run.RunDirectory;
import io.pneuma.run.RunException;
import io.pneuma.run.Splits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Collects a report's data from a run directory. */
final class Collected {
  private static final int PICTURES = 6;

  private Collected() {}

  /** What metrics.json holds. */
  private record Stored(Map<String, Measurement> splits) {}

  static ReportData of(RunDirectory run, long seed) {
    RecordedRun recorded = RecordedRun.read(run);
    if (!Files.exists(run.metrics())) {
      throw new RunException(run.root() + ": has no metrics.json yet; the run has not come so far");
    }
    Map<String, Measurement> measured = run.readJson(run.metrics(), Stored.class).splits();
    Map<String, SplitData> splits = new TreeMap<>();
    for (Map.Entry<String, Measurement> split : measured.entrySet()) {
      List<Row> rows = new ArrayList<>();
      for (Image image : recorded.inOrder(split.getKey())) {
        rows.add(
            new Row(
                name(image.known().file()),
                recorded.labels().indexOf(image.known().label()),
                image.known().patient(),
                image.probabilities(),
                image.distance(),
                image.known().attributes()));
      }
      splits.put(split.getKey(), new SplitData(rows, split.getValue(), Map.of()));
    }
    String shown = splits.containsKey("test") ? "test" : "validation";
    ReportData data =
        new ReportData(
            run.root().getFileName().toString(),
            recorded.labels(),
            recorded.point(),
            String.valueOf(seed),
            splits,
            images(run, recorded.labels()),
            Files.exists(run.history()) ? History.load(run).epochs() : List.of(),
            gallery(run, recorded, shown),
            Files.exists(run.backbones())
                ? List.of(run.readJson(run.backbones(), Heard[].class))
                : List.of(),
            Files.exists(run.shortcuts()) ? run.readJson(run.shortcuts(), Shortcuts.class) : null,
            maps(run),
            facts(run),
            withoutPaths(recipe(run)));
    SplitData split = splits.get(shown);
    splits.put(shown, new SplitData(split.rows(), split.measured(), curves(data, split)));
    return data;
  }

  /** The curves of each class that is drawn. */
  static Map<String, ClassCurves> curves(ReportData data, SplitData split) {
    Answers answers = split.answers(data.classes());
    long seed = Long.parseLong(data.seed());
    Map<String, ClassCurves> curves = new TreeMap<>();
    for (String name : data.drawn()) {
      curves.put(name, ClassCurves.of(new Curves(answers, data.classes().indexOf(name), seed)));
    }
    return curves;
  }

  private static String name(String path) {
    return Path.of(path).getFileName().toString();
  }

  private static String recipe(RunDirectory run) {
    try {
      StringBuilder recipe = new StringBuilder(Files.readString(run.config()));
      for (RunDirectory member : run.members()) {
        recipe.append("\n# member ").append(member.root().getFileName()).append('\n');
        recipe.append(Files.readString(member.config()));
      }
      return recipe.toString();
    } catch (IOException e) {
      throw new RunException(run.config() + ": cannot be read: " + e.getMessage(), e);
    }
  }

  /** A text in which paths are their last name: where something lay is nobody else's business. */
  static String withoutPaths(String text) {
    return text.replaceAll("(?<![\\w.:/])/(?:[^\\s/'\",]+/)+", "");
  }

  private static List<List<String>> images(RunDirectory run, List<String> labels) {
    List<List<String>> table = new ArrayList<>();
    List<String> header = new ArrayList<>(List.of("split"));
    labels.forEach(label -> header.add(label + " images"));
    header.addAll(List.of("images", "patients"));
    table.add(header);
    List<Splits.Row> rows = Splits.read(run);
    for (String split : List.of(Splits.TRAIN, "validation", "test")) {
      List<Splits.Row> own = rows.stream().filter(row -> row.split().equals(split)).toList();
      Set<String> patients = new HashSet<>();
      own.forEach(row -> patients.add(row.patient()));
      List<String> line = new ArrayList<>(List.of(split));
      for (String label : labels) {
        line.add("" + own.stream().filter(row -> row.label().equals(label)).count());
      }
      line.addAll(List.of("" + own.size(), "" + patients.size()));
      table.add(line);
    }
    return table;
  }

  private static Map<String, String> facts(RunDirectory run) {
    Map<String, String> facts = new LinkedHashMap<>();
    if (!Files.exists(run.manifest())) {
      return facts;
    }
    Manifest manifest = run.readJson(run.manifest(), Manifest.class);
    facts.put("Pneuma", manifest.versions().pneuma());
    facts.put("Deeplearning4j", manifest.versions().deeplearning4j());
    facts.put("Java", manifest.versions().java());
    facts.put("System", manifest.versions().os());
    facts.put("Commit", manifest.commit() == null ? "unknown" : manifest.commit());
    facts.put("Seed", "" + manifest.seed());
    if (!run.members().isEmpty()) {
      facts.put("Members", "" + run.members().size());
    }
    facts.put("Images (SHA-256)", manifest.dataSha256());
    manifest.weights().forEach((name, hash) -> facts.put("Weights of " + name, hash));
    facts.put("Started", manifest.started().truncatedTo(ChronoUnit.SECONDS).toString());
    if (manifest.finished() != null) {
      Duration time = Duration.between(manifest.started(), manifest.finished());
      facts.put("Took", time.toSeconds() + " s");
    }
    if (manifest.adapted() != null) {
      Adapted adapted = manifest.adapted();
      facts.put("Adapted from", adapted.parent());
      facts.put("Adapted by", adapted.images() + " images without their classes");
      for (int i = 0; i < adapted.changes().size(); i++) {
        facts.put("Adaptation " + (i + 1), withoutPaths(adapted.changes().get(i)));
      }
    }
    for (int i = 0; i < manifest.warnings().size(); i++) {
      facts.put("Warning " + (i + 1), withoutPaths(manifest.warnings().get(i)));
    }
    return facts;
  }

  private static CheckedMaps maps(RunDirectory run) {
    if (!Files.exists(run.maps())) {
      return null;
    }
    try {
      return Arrays.stream(run.readJson(run.maps(), CheckedMaps[].class))
          .filter(each -> CheckedMaps.SHOWN.equals(each.method()))
          .findFirst()
          .orElse(null);
    } catch (RunException e) {
      throw new RunException(e.getMessage() + "; delete it, and explain checks the maps anew", e);
    }
  }

  /** The images that a report of a run shows: files by their hashes. */
  static Map<String, Path> pictured(RunDirectory run) {
    RecordedRun recorded = RecordedRun.read(run);
    boolean tested = Splits.read(run).stream().anyMatch(row -> row.split().equals("test"));
    Map<String, Path> pictured = new LinkedHashMap<>();
    chosen(recorded, tested ? "test" : "validation").values().stream()
        .flatMap(List::stream)
        .forEach(image -> pictured.put(image.known().sha256(), image.known().path()));
    return pictured;
  }

  private static Map<String, List<Picture>> gallery(
      RunDirectory run, RecordedRun recorded, String split) {
    Map<String, List<Picture>> gallery = new LinkedHashMap<>();
    chosen(recorded, split)
        .forEach((title, images) -> gallery.put(title, pictures(images, run, recorded)));
    return gallery;
  }

  private static Map<String, List<Image>> chosen(RecordedRun recorded, String split) {
    List<String> labels = recorded.labels();
    Decision decision = recorded.decision(labels);
    List<Image> images = recorded.inOrder(split);
    Comparator<Image> byTruth = Comparator.comparing(image -> own(image, labels));
    List<Image> wrong = new ArrayList<>();
    List<Image> right = new ArrayList<>();
    for (Image image : images) {
      boolean hit =
          decision.answer(array(image.probabilities())) == labels.indexOf(image.known().label());
      (hit ? right : wrong).add(image);
    }
    List<Image> unsure = new ArrayList<>(images);
    unsure.sort(Comparator.comparing(image -> margin(image, decision)));
    wrong.sort(byTruth);
    right.sort(byTruth.reversed());
    Map<String, List<Image>> chosen = new LinkedHashMap<>();
    chosen.put("1 worst errors", first(wrong));
    chosen.put("2 least sure", first(unsure));
    chosen.put("3 surest hits", first(right));
    return chosen;
  }

  private static List<Image> first(List<Image> images) {
    return images.subList(0, Math.min(PICTURES, images.size()));
  }

  private static double own(Image image, List<String> labels) {
    return image.probabilities().get(labels.indexOf(image.known().label()));
  }

  /** How far an image is from being answered otherwise. */
  private static double margin(Image image, Decision decision) {
    double[] p = array(image.probabilities());
    if (p.length == 2 && decision.positiveClass().isPresent()) {
      return Math.abs(p[decision.positiveClass().getAsInt()] - decision.threshold());
    }
    double[] sorted = p.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length - 1] - sorted[sorted.length - 2];
  }

  private static double[] array(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }

  private static List<Picture> pictures(
      List<Image> images, RunDirectory run, RecordedRun recorded) {
    List<Picture> pictures = new ArrayList<>();
    for (Image image : images) {
      StringBuilder said = new StringBuilder("is " + image.known().label() + "; said:");
      for (int k = 0; k < recorded.labels().size(); k++) {
        said.append(
            String.format(
                Locale.ROOT, " %s %.3f", recorded.labels().get(k), image.probabilities().get(k)));
      }
      pictures.add(
          new Picture(
              name(image.known().file()),
              said.toString(),
              Thumbnail.of(image.known().path(), image.known().sha256()),
              Thumbnail.asIs(run.mapPicture(image.known().sha256()))));
    }
    return pictures;
  }
}
