package io.pneuma.report;

import io.pneuma.evaluation.Measurement;
import io.pneuma.evaluation.Shortcuts;
import java.util.ArrayList;
import java.util.List;

/** What is asked of whoever publishes a model, filled where the run knows the answer. */
final class Forms {
  /** Below so many images of a class its figures say little. */
  private static final int FEW = 30;

  private Forms() {}

  /** A sentence on the traits without anatomy that tell the classes. */
  static String shortcuts(ReportData data) {
    Shortcuts found = data.shortcuts();
    if (found == null) {
      return "Whether size, file, border or letters alone tell the classes was not measured when this"
          + " run was trained.";
    }
    if (found.traits().isEmpty()) {
      return "Whether size, file, border or letters alone tell the classes could not be measured: each"
          + " class needs training and validation images of two patients at least.";
    }
    return found
        .warning()
        .map(warning -> "Warning: " + warning + ".")
        .orElse(
            "None of size, file, border and letters alone tells the classes of the training and"
                + " validation images beyond chance.");
  }

  static List<String> limits(ReportData data) {
    List<String> limits = new ArrayList<>();
    if (data.shortcuts() == null
        || data.shortcuts().traits().isEmpty()
        || data.shortcuts().warning().isPresent()) {
      limits.add(shortcuts(data));
    }
    Measurement shown = data.splits().get(data.shown()).measured();
    if (data.shown().equals("validation")) {
      limits.add(
          "There is no test split: these figures are of the split that chose epoch and threshold, and"
              + " flatter.");
    }
    shown
        .perClass()
        .forEach(
            (name, it) -> {
              if (it.images() < FEW) {
                limits.add(
                    "Only %d %s images are of %s: its figures say little."
                        .formatted(it.images(), data.shown(), name));
              }
            });
    if (shown.seenInTraining() != null && shown.seenInTraining() > 0) {
      limits.add(shown.seenInTraining() + " of the images were trained on; the figures flatter.");
    }
    data.facts()
        .forEach(
            (name, value) -> {
              if (name.startsWith("Warning ")) {
                limits.add(value);
              }
            });
    limits.add(
        "All images come from one folder. Images of another day, machine or hospital are shifted, and"
            + " the figures do not hold for them until they are measured there.");
    limits.add(
        "The intervals are of the patients that were drawn; they do not hold what another training or"
            + " another place would change.");
    limits.add("The labels were taken as they are.");
    if (data.facts().containsKey("Members")) {
      limits.add(
          "An ensemble: a validation image is answered by those members alone that did not learn from"
              + " it, a test image by all, so that the two splits measure different things.");
    }
    return limits;
  }

  private static List<String> row(String name, String value) {
    return List.of(name, value);
  }

  private static String fact(ReportData data, String name) {
    return data.facts().getOrDefault(name, "");
  }

  private static String score(ReportData data, String name) {
    Measurement shown = data.splits().get(data.shown()).measured();
    return name + " " + Html.number(shown.metrics().get(name), shown.ci95().get(name));
  }

  private static String weights(ReportData data) {
    List<String> names = new ArrayList<>();
    data.facts()
        .keySet()
        .forEach(
            name -> {
              if (name.startsWith("Weights of ")) {
                names.add(name.substring("Weights of ".length()));
              }
            });
    return String.join(", ", names);
  }

  private static String fairness(ReportData data) {
    boolean known = data.splits().get(data.shown()).measured().subgroups() != null;
    return known ? "See Subgroups on this page." : "";
  }

  static List<List<String>> modelCard(ReportData data) {
    return List.of(
        row("Name", data.run()),
        row("Developer and contact", ""),
        row("Version", "weights and recipe of " + fact(data, "Started")),
        row("Release stage, availability, regulatory status", ""),
        row(
            "Summary",
            "An image classifier that tells apart " + String.join(", ", data.classes()) + "."),
        row("Intended use and workflow", ""),
        row("Intended users", ""),
        row("Target population", ""),
        row(
            "Cautioned and out-of-scope settings",
            "Images that predict marks as unlike those of training; others: to be written."),
        row("Known risks and limitations", "See Limits on this page."),
        row("Known biases and ethical considerations", shortcuts(data)),
        row("Clinical risk level", ""),
        row(
            "Outputs",
            "A probability of each class, an answer at a stored threshold, a prediction set, and whether the image is unfamiliar."),
        row(
            "Model type",
            "Pretrained backbones merged by attention, softmax"
                + (data.facts().containsKey("Members")
                    ? "; the mean of " + fact(data, "Members") + " such networks."
                    : ".")),
        row("Foundation models", weights(data)),
        row("Input data", "Images; see Data on this page."),
        row(
            "Development data characterisation",
            "Images by split and class stand under Data; the population: to be written."),
        row("Bias mitigation", ""),
        row("Maintenance and monitoring", ""),
        row(
            "Security and privacy",
            "The page holds file names and probabilities, and small pictures of 18 images at most."),
        row("Transparency: funding, third parties", ""),
        row(
            "Key metric: usefulness",
            score(data, "rocAuc") + "; " + score(data, "balancedAccuracy")),
        row("Key metric: fairness", fairness(data)),
        row("Key metric: safety", score(data, "recall") + "; " + score(data, "npv")),
        row("Evaluation references, trials, peer review", ""),
        row("Patient consent and disclosure", ""));
  }

  static List<List<String>> checklist(ReportData data) {
    String counts =
        data.images().stream()
            .skip(1)
            .map(
                row ->
                    row.get(0)
                        + ": "
                        + row.get(row.size() - 2)
                        + " images of "
                        + row.get(row.size() - 1)
                        + " patients")
            .reduce((a, b) -> a + "; " + b)
            .orElse("");
    return List.of(
        row("Title and abstract", ""),
        row("Background, objectives, health inequalities", ""),
        row(
            "Source of data, dates, setting",
            "Images with SHA-256 "
                + fact(data, "Images (SHA-256)")
                + "; where they come from: to be written."),
        row("Participants, eligibility", ""),
        row(
            "Data preparation",
            "Resizing, augmentation and each backbone's normalisation stand in the recipe under Provenance."),
        row("Outcome and how it was assessed", ""),
        row("Sample size", counts),
        row("Missing data", "Files that give no image stop the run, or are listed in skipped.csv."),
        row("Analytical methods: split", "By patient, not by image; " + counts + "."),
        row(
            "Analytical methods: model building",
            "By the recipe under Provenance, seed " + fact(data, "Seed") + "."),
        row(
            "Analytical methods: performance",
            "Scores with 95 % intervals by patients, calibration, decision curve: under Scores and Curves."),
        row(
            "Class imbalance",
            "training.classWeights in the recipe; figures of each class under Scores."),
        row("Fairness", fairness(data)),
        row(
            "Model output and threshold",
            data.point().positiveClass() == null
                ? "The greatest probability decides."
                : "Threshold "
                    + data.point().threshold()
                    + " ("
                    + data.point().rule()
                    + "), temperature "
                    + data.point().temperature()
                    + "."),
        row(
            "Training versus evaluation",
            data.shown().equals("test")
                ? "The test split was held out from training and from all choices."
                : "There is no test split."),
        row("Ethical approval", ""),
        row("Funding, conflicts of interest", ""),
        row("Protocol, registration", ""),
        row("Data sharing", ""),
        row(
            "Code sharing",
            "Pneuma " + fact(data, "Pneuma") + ", commit " + fact(data, "Commit") + "."),
        row("Patient and public involvement", ""),
        row(
            "Results: performance",
            score(data, "rocAuc")
                + "; "
                + score(data, "recall")
                + "; "
                + score(data, "specificity")
                + "; "
                + score(data, "brier")),
        row("Results: failure analysis", "Under Errors and hits."),
        row(
            "Model specification",
            "The model's file lies beside this page in the run's folder; the recipe is under Provenance."),
        row("Interpretation, usability, next steps", ""));
  }
}
