package io.pneuma.cli;

import io.pneuma.config.Recipe;
import io.pneuma.config.Recipe.DicomRule;
import io.pneuma.explain.RunExplainer.Trained;
import java.util.List;
import picocli.CommandLine.Option;

/** Which images in DICOM are taken. */
final class DicomOptions {
  @Option(
      names = "--any-dicom",
      description = "Takes DICOM of any modality and body part, not projection chest X-rays alone.")
  private boolean anyImage;

  @Option(
      names = "--first-frame",
      description = "Takes the first frame of DICOM with several, rather than refusing it.")
  private boolean firstFrame;

  /** The rule where no recipe says. */
  DicomRule rule() {
    return new DicomRule(anyImage, firstFrame);
  }

  /** Networks that take what they took, and what these options add. */
  List<Trained> with(List<Trained> networks) {
    return networks.stream()
        .map(network -> new Trained(network.run(), with(network.recipe())))
        .toList();
  }

  /** A recipe that takes what it took, and what these options add. */
  Recipe with(Recipe recipe) {
    DicomRule rule = recipe.data().dicom();
    return recipe.taking(
        new DicomRule(anyImage || rule.anyImage(), firstFrame || rule.firstFrame()));
  }
}
