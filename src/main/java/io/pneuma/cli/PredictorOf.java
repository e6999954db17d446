package io.pneuma.cli;

import io.pneuma.config.Recipe;
import io.pneuma.evaluation.OperatingPoint;
import io.pneuma.prediction.AveragedDecision;
import io.pneuma.prediction.Looks;
import io.pneuma.prediction.Predictor;
import io.pneuma.prediction.Predictor.Trained;
import io.pneuma.run.RunDirectory;
import io.pneuma.run.RunException;
import io.pneuma.training.Progress;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Loads what answers for images by a run, with how it decides. */
final class PredictorOf {
  /** What the option says of itself. */
  static final String TTA =
      "Averages over several fixed views of each image. Threshold and prediction sets are chosen anew"
          + " for it on the run's validation images, once.";

  private PredictorOf() {}

  /**
   * A trained run or the members of an ensemble.
   *
   * @param averaging over several views of an image
   * @param dicom which images in DICOM are taken, beside what the recipe takes
   */
  static Predictor run(RunDirectory run, boolean averaging, DicomOptions dicom, Terminal terminal)
      throws IOException {
    Recipe recipe = dicom.with(Verb.recipeOf(run));
    Looks looks = averaging ? Looks.SEVERAL : Looks.ONE;
    Predictor predictor = load(run, recipe, looks, dicom);
    if (!averaging) {
      return predictor;
    }
    AveragedDecision decision = new AveragedDecision(run, predictor, recipe);
    return predictor.deciding(
        decision.known().isPresent() ? decision.known().get() : choose(decision, run, terminal));
  }

  private static Predictor load(RunDirectory run, Recipe recipe, Looks looks, DicomOptions dicom)
      throws IOException {
    if (run.members().isEmpty()) {
      return Predictor.load(new Trained(run, recipe), looks);
    }
    List<Trained> members = new ArrayList<>();
    for (RunDirectory member : run.members()) {
      members.add(new Trained(member, dicom.with(Verb.recipeOf(member))));
    }
    return Predictor.load(run, members, looks);
  }

  private static OperatingPoint choose(
      AveragedDecision decision, RunDirectory run, Terminal terminal) throws IOException {
    OperatingPoint chosen;
    try (Progress.Task task =
        terminal.start("choosing on validation", 0, decision.passes(), "images")) {
      chosen = decision.choose(task::at);
    } catch (AveragedDecision.NotAtHandException e) {
      terminal.warning(
          "warning: how to decide with --tta is chosen on the run's validation images, but "
              + e.getMessage()
              + "; the threshold is that of one view, and prediction sets are left out, since what"
              + " they promise holds for one view alone");
      return decision.withoutValidation();
    }
    try {
      decision.keep(chosen);
    } catch (RunException e) {
      terminal.warning(
          "warning: "
              + run.averagedDecision().getFileName()
              + " was not kept, so the next call chooses again: "
              + e.getMessage());
    }
    return chosen;
  }
}
