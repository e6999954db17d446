package io.pneuma.audit;

import io.pneuma.audit.Findings.LabelError;
import io.pneuma.audit.Findings.NearDuplicate;
import io.pneuma.audit.Findings.OffTopicImage;
import io.pneuma.audit.Findings.Shortcut;
import io.pneuma.audit.LabelErrors.Doubt;
import io.pneuma.audit.NearDuplicates.Pair;
import io.pneuma.audit.OffTopic.Stranger;
import io.pneuma.evaluation.Answers;
import io.pneuma.evaluation.RocAuc;
import io.pneuma.images.FolderImages;
import io.pneuma.images.FolderImages.Found;
import io.pneuma.images.Folds;
import io.pneuma.images.LabelledImage;
import io.pneuma.shortcuts.LinearProbe;
import io.pneuma.shortcuts.ShortcutProbe;
import io.pneuma.shortcuts.ShortcutProbe.Told;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Looks for what may be wrong with a folder of labelled images. */
public final class Audit {
  /** How alike two images are from which on they are flagged; docs/decisions/audit.md. */
  static final double SAME_PICTURE = 0.85;

  private static final double SHARE_LISTED = 0.02;
  private static final int LEAST_LISTED = 24;
  private static final int SUREST = 4;
  private static final long SEED = 1;

  private final FolderImages folder;
  private final List<Found> images;
  private final int[] labels;
  private final Stages stages;
  private final List<String> notes = new ArrayList<>();

  private Audit(FolderImages folder, Stages stages) {
    this.folder = folder;
    this.images = folder.images();
    this.labels = images.stream().map(Found::image).mapToInt(LabelledImage::label).toArray();
    this.stages = stages;
  }

  /**
   * Audits a folder.
   *
   * @param features what stands for the images' content
   */
  public static Findings of(FolderImages folder, Features features, Stages stages)
      throws IOException {
    return of(folder, features, stages, AuditWorkforce.HERE);
  }

  /**
   * The same by others' work.
   *
   * @param features what stands for the images' content
   * @param workforce who looks at the images
   */
  public static Findings of(
      FolderImages folder, Features features, Stages stages, AuditWorkforce workforce)
      throws IOException {
    return new Audit(folder, stages).find(features, workforce);
  }

  private Findings find(Features features, AuditWorkforce workforce) throws IOException {
    List<Look> looks = new ArrayList<>();
    stages.show(
        "looking", images.size(), "images", done -> looks.addAll(workforce.looks(images, done)));
    // Outlines see what a backbone's mean over all places does not, so labels are judged by both.
    List<float[][]> views =
        features.of(
            images.stream().map(Found::image).toList(), looks, stages, workforce.features());
    List<Pair> pairs = new ArrayList<>();
    stages.show(
        "comparing",
        2L * images.size(),
        "images",
        done -> pairs.addAll(new NearDuplicates(images, looks).find(done)));
    List<Stranger> strangers = OffTopic.rank(views.get(0), looks);
    boolean[] onTopic = new boolean[images.size()];
    strangers.forEach(stranger -> onTopic[stranger.image()] = !isFlagged(stranger));
    List<LabelError> doubts = new ArrayList<>();
    List<Shortcut> shortcuts = new ArrayList<>();
    RocAuc[] probe = new RocAuc[1];
    List<LabelledImage> labelled = images.stream().map(Found::image).toList();
    Optional<int[]> folds = Folds.ofEach(labelled, folder.labels(), ShortcutProbe.MOST_FOLDS, SEED);
    if (folds.isEmpty()) {
      notes.add(
          "Labels and shortcuts were not examined: each class needs images of two patients at"
              + " least.");
    } else {
      int[] foldOf = folds.get();
      long count = Arrays.stream(foldOf).max().getAsInt() + 1L;
      long steps = count * (LabelErrors.ROUNDS * views.size() + ShortcutProbe.GROUPS);
      stages.show(
          "probing",
          steps,
          "folds",
          done -> {
            int[] folded = new int[1];
            Runnable fold = () -> done.accept(++folded[0]);
            double[][] given = new double[images.size()][folder.labels().size()];
            for (float[][] rows : views) {
              double[][] one =
                  LabelErrors.probabilities(probe(rows), labels, foldOf, onTopic, fold);
              for (int i = 0; i < given.length; i++) {
                for (int c = 0; c < given[i].length; c++) {
                  given[i][c] += one[i][c] / views.size();
                }
              }
            }
            probe[0] = rocAuc(given);
            doubts.addAll(labelErrors(given, onTopic));
            ShortcutProbe.of(
                    labelled,
                    looks.stream().map(Look::traits).toList(),
                    folder.labels(),
                    foldOf,
                    onTopic,
                    SEED,
                    fold)
                .forEach(told -> shortcuts.add(shortcut(told)));
          });
    }
    return new Findings(
        images.size(),
        folder.patients(),
        folder.labels(),
        features.description(),
        folder.unreadable().size(),
        duplicates(pairs),
        offTopic(strangers),
        doubts,
        probe[0],
        shortcuts,
        notes);
  }

  private LinearProbe probe(float[][] rows) {
    return new LinearProbe(rows, labels, folder.labels().size());
  }

  private RocAuc rocAuc(double[][] probabilities) {
    List<String> patients = images.stream().map(found -> found.image().patient()).toList();
    return RocAuc.of(new Answers(folder.labels(), patients, labels, probabilities), SEED);
  }

  /** How many of a list with so many flags are kept. */
  private long listed(long flagged) {
    return Math.max(flagged, Math.max(LEAST_LISTED, Math.round(SHARE_LISTED * images.size())));
  }

  private List<NearDuplicate> duplicates(List<Pair> pairs) {
    long flagged = pairs.stream().filter(pair -> pair.likeness() >= SAME_PICTURE).count();
    return pairs.stream().limit(listed(flagged)).map(this::duplicate).toList();
  }

  private NearDuplicate duplicate(Pair pair) {
    Found first = images.get(pair.first());
    Found second = images.get(pair.second());
    return new NearDuplicate(
        first.path(),
        second.path(),
        pair.likeness(),
        !first.image().patient().equals(second.image().patient()),
        !first.split().equals(second.split()),
        first.image().label() != second.image().label(),
        pair.likeness() >= SAME_PICTURE);
  }

  private List<OffTopicImage> offTopic(List<Stranger> strangers) {
    long flagged = strangers.stream().filter(Audit::isFlagged).count();
    return strangers.stream()
        .limit(listed(flagged))
        .map(
            stranger ->
                new OffTopicImage(
                    images.get(stranger.image()).path(),
                    stranger.strangeness(),
                    stranger.part(),
                    isFlagged(stranger)))
        .toList();
  }

  private static boolean isFlagged(Stranger stranger) {
    return stranger.strangeness() >= OffTopic.THRESHOLD;
  }

  /** What is off topic has no label that could be wrong. */
  private List<LabelError> labelErrors(double[][] probabilities, boolean[] onTopic) {
    List<Doubt> doubts = new ArrayList<>(LabelErrors.rank(probabilities, labels));
    doubts.removeIf(doubt -> !onTopic[doubt.image()]);
    // Those that confident learning counts come first.
    doubts.sort(Comparator.comparing(doubt -> !doubt.isProbable()));
    return doubts.stream()
        .limit(listed(doubts.stream().filter(Doubt::isProbable).count()))
        .map(
            doubt ->
                new LabelError(
                    images.get(doubt.image()).path(),
                    folder.labels().get(labels[doubt.image()]),
                    folder.labels().get(doubt.likelier()),
                    doubt.own(),
                    doubt.other(),
                    doubt.isProbable()))
        .toList();
  }

  private Shortcut shortcut(Told told) {
    double[][] probabilities = told.probabilities();
    List<List<String>> surest = new ArrayList<>();
    for (int label = 0; label < folder.labels().size(); label++) {
      int own = label;
      surest.add(
          IntStream.range(0, labels.length)
              .filter(i -> labels[i] == own)
              .boxed()
              .sorted(Comparator.comparingDouble(i -> -probabilities[i][own]))
              .limit(SUREST)
              .map(i -> images.get(i).path())
              .toList());
    }
    io.pneuma.evaluation.Shortcut it = told.shortcut();
    return new Shortcut(
        it.trait(), it.rocAuc(), List.of(it.low(), it.high()), it.beyondChance(), surest);
  }
}
