package io.pneuma.serving;

import io.pneuma.config.Recipe.DicomRule;
import io.pneuma.explain.RunExplainer;
import io.pneuma.prediction.Predictor;
import io.pneuma.run.RunDirectory;
import java.io.IOException;
import java.util.List;

/**
 * A run as a service sees it.
 *
 * @param run the directory, whose name is the model's
 * @param predictor that answers; closed with the service
 * @param maps makes what explains the answers, when first asked for
 * @param objections why no maps are shown; empty where they passed their checks
 * @param dicom which images in DICOM are taken
 */
public record ServedRun(
    RunDirectory run,
    Predictor predictor,
    MapMaker maps,
    List<String> objections,
    DicomRule dicom) {

  /** Makes an explainer, which compiles the networks a second time. */
  public interface MapMaker {
    /** The explainer; closed with the service. */
    RunExplainer make() throws IOException;
  }

  /** Copies the list. */
  public ServedRun {
    objections = List.copyOf(objections);
  }

  /** The model's name: that of the run's folder. */
  String name() {
    return run.root().getFileName().toString();
  }
}
