package io.pneuma.ensemble;

import io.pneuma.config.Recipe.Evaluation;
import io.pneuma.evaluation.Answers;
import io.pneuma.evaluation.Decision;
import io.pneuma.evaluation.Familiarity;
import io.pneuma.evaluation.Measurement;
import io.pneuma.evaluation.Measurement.Unfamiliar;
import io.pneuma.evaluation.OperatingPoint;
import io.pneuma.evaluation.Shortcuts;
import io.pneuma.onednn.Stored;
import io.pneuma.report.RecordedRun;
import io.pneuma.report.RecordedRun.Image;
import io.pneuma.run.Predictions;
import io.pneuma.run.RunDirectory;
import io.pneuma.run.RunException;
import io.pneuma.run.Splits;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Several trained runs as one model, whose probabilities are the mean of theirs. What it says of
 * the images follows from what the members have said and written down; no network is needed.
 *
 * <p>A validation image is answered by those members alone that have it in their own validation
 * split: by one, where the members are the folds of a cross-validation, and by all, where they
 * share a split. Test images are answered by all members, none of which may have learnt from them
 * or chosen by them.
 */
public final class Ensemble {
  private static final String VALIDATION = "validation";
  private static final String TEST = "test";

  private final RunDirectory run;
  private final List<Member> members = new ArrayList<>();

  /** What is in metrics.json, of which a member's threshold of unfamiliar images is wanted. */
  private record Stored(Map<String, Measurement> splits) {}

  /** A run, what it was trained on, and from where on images are unfamiliar to it. */
  private record Member(
      RecordedRun recorded, List<Splits.Row> rows, Set<String> trainedOn, double mostFamiliar) {
    String classes() {
      String positive = recorded.point().positiveClass();
      String all = String.join(", ", recorded.labels());
      return all + (positive == null ? " alike" : " with " + positive + " positive");
    }

    String name() {
      return recorded.run().root().getFileName().toString();
    }
  }

  /** What the members that may answer for an image said of it. */
  private static final class Said {
    final Splits.Row known;
    final double[] probabilities;
    double distance;
    int members;
    boolean seen;

    Said(Splits.Row known, int classes) {
      this.known = known;
      this.probabilities = new double[classes];
    }

    void add(Image image, Member member) {
      for (int k = 0; k < probabilities.length; k++) {
        probabilities[k] += image.probabilities().get(k);
      }
      distance += image.distance() / member.mostFamiliar;
      seen |= member.trainedOn.contains(known.sha256());
      members++;
    }

    double[] mean() {
      return Arrays.stream(probabilities).map(sum -> sum / members).toArray();
    }
  }

  private Ensemble(RunDirectory run) {
    this.run = run;
    for (RunDirectory member : run.members()) {
      Map<String, Measurement> measured = member.readJson(member.metrics(), Stored.class).splits();
      members.add(
          new Member(
              RecordedRun.read(member),
              Splits.read(member),
              Splits.trainedOn(member),
              measured.get(VALIDATION).unfamiliar().threshold()));
    }
  }

  /**
   * Chooses on the members' validation images how the ensemble decides, measures it, and writes
   * {@code labels.json}, {@code decision.json}, {@code predictions.csv}, {@code split.csv}, {@code
   * metrics.json} and, where the members have it, {@code shortcuts.json}.
   *
   * @param run in whose {@code members} folder there are trained runs
   * @param recipe how the threshold and the prediction sets are chosen
   * @param seed of the intervals' draws
   * @return what was measured of each split
   * @throws RunException when the members do not go together, naming two that do not
   */
  public static Map<String, Measurement> write(RunDirectory run, Evaluation recipe, long seed) {
    Ensemble ensemble = new Ensemble(run);
    ensemble.requireSameClasses();
    Map<String, Said> validation = ensemble.said(VALIDATION);
    Map<String, Said> test = ensemble.said(TEST);
    ensemble.requireSameTest(test);
    ensemble.requireUnseenTest(test.keySet());
    return ensemble.write(validation, test, recipe, seed);
  }

  private Map<String, Measurement> write(
      Map<String, Said> validation, Map<String, Said> test, Evaluation recipe, long seed) {
    RecordedRun first = members.get(0).recorded;
    List<String> labels = first.labels();
    OperatingPoint point =
        OperatingPoint.choose(
            answers(labels, validation),
            Measurement.positive(labels, first.point().positiveClass()),
            recipe,
            1);
    Decision decision = point.decision(labels);
    Map<String, Measurement> measured = new LinkedHashMap<>();
    Predictions predictions = new Predictions(labels);
    Splits splits = new Splits();
    Map<String, Map<String, Said>> both = new LinkedHashMap<>();
    both.put(VALIDATION, validation);
    both.put(TEST, test);
    both.forEach(
        (split, images) -> {
          if (images.isEmpty()) {
            return;
          }
          measured.put(split, measure(answers(labels, images), images, point, seed));
          for (Said said : images.values()) {
            Splits.Row known = said.known;
            splits.add(
                new Splits.Row(
                    known.file(),
                    split,
                    known.label(),
                    known.patient(),
                    known.sha256(),
                    known.attributes()));
            predictions.add(
                known.file(),
                split,
                labels.indexOf(known.label()),
                decision.answer(said.mean()),
                said.mean(),
                said.distance / said.members);
          }
        });
    trainedAlone(validation.keySet()).forEach(splits::add);
    run.writeJson(run.labels(), labels);
    run.writeJson(run.decision(), point);
    splits.write(run);
    predictions.write(run);
    run.writeJson(run.metrics(), Map.of("splits", measured));
    writeShortcuts();
    return measured;
  }

  /** Of members that learnt from other images, those of the one that is worst off. */
  private void writeShortcuts() {
    List<RunDirectory> runs = run.members();
    if (!Files.exists(run.shortcuts())
        && runs.stream().allMatch(member -> Files.exists(member.shortcuts()))) {
      run.writeJson(
          run.shortcuts(),
          Shortcuts.worst(
              runs.stream()
                  .map(member -> member.readJson(member.shortcuts(), Shortcuts.class))
                  .toList()));
    }
  }

  private static Answers answers(List<String> labels, Map<String, Said> images) {
    return new Answers(
        labels,
        images.values().stream().map(said -> said.known.patient()).toList(),
        images.values().stream().mapToInt(said -> labels.indexOf(said.known.label())).toArray(),
        images.values().stream().map(Said::mean).toArray(double[][]::new));
  }

  private static Measurement measure(
      Answers answers, Map<String, Said> images, OperatingPoint point, long seed) {
    Map<String, List<String>> attributes = new LinkedHashMap<>();
    for (String name : images.values().iterator().next().known.attributes().keySet()) {
      attributes.put(
          name, images.values().stream().map(said -> said.known.attributes().get(name)).toList());
    }
    List<Double> distances =
        images.values().stream().map(said -> said.distance / said.members).toList();
    int seen = (int) images.values().stream().filter(said -> said.seen).count();
    return Measurement.of(answers, attributes, point, seed)
        .with(seen, Unfamiliar.of(distances, Familiarity.OF_SEVERAL));
  }

  /** By file, in the order in which the members have them. */
  private Map<String, Said> said(String split) {
    Map<String, Said> images = new LinkedHashMap<>();
    for (Member member : members) {
      for (Image image : member.recorded.images()) {
        if (image.known().split().equals(split)) {
          images
              .computeIfAbsent(
                  image.known().file(),
                  file -> new Said(image.known(), member.recorded.labels().size()))
              .add(image, member);
        }
      }
    }
    return images;
  }

  /** Images that members learnt from, but none chose by. */
  private List<Splits.Row> trainedAlone(Set<String> validation) {
    Map<String, Splits.Row> rows = new LinkedHashMap<>();
    for (Member member : members) {
      for (Splits.Row row : member.rows) {
        if (row.split().equals(Splits.TRAIN) && !validation.contains(row.file())) {
          rows.put(row.file(), row);
        }
      }
    }
    return List.copyOf(rows.values());
  }

  private void requireSameClasses() {
    Member first = members.get(0);
    for (Member member : members) {
      if (!member.classes().equals(first.classes())) {
        throw new RunException(
            "%s tells %s, %s tells %s; expected the same classes of all"
                .formatted(first.name(), first.classes(), member.name(), member.classes()));
      }
    }
  }

  private void requireSameTest(Map<String, Said> test) {
    test.forEach(
        (file, said) -> {
          if (said.members < members.size()) {
            throw new RunException(
                "%s stands in the test split of %d of %d members; expected the same test split of all, as"
                        .formatted(file, said.members, members.size())
                    + " runs on one folder with one seed have it");
          }
        });
  }

  private void requireUnseenTest(Set<String> test) {
    Map<String, String> learnt = new HashMap<>();
    for (Member member : members) {
      for (Splits.Row row : member.rows) {
        if (!row.split().equals(TEST)) {
          learnt.put(row.file(), member.name());
        }
      }
    }
    Set<String> leaked = new TreeSet<>(test);
    leaked.retainAll(new HashSet<>(learnt.keySet()));
    if (!leaked.isEmpty()) {
      String file = leaked.iterator().next();
      throw new RunException(
          "%d test images stand in another split of a member, such as %s in %s; expected runs of one split"
              .formatted(leaked.size(), file, learnt.get(file)));
    }
  }
}
