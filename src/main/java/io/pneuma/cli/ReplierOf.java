package io.pneuma.cli;

import io.pneuma.dicom.Finding;
import io.pneuma.evaluation.CheckedMaps;
import io.pneuma.explain.Method;
import io.pneuma.explain.RunExplainer;
import io.pneuma.explain.RunMaps;
import io.pneuma.prediction.Predictor;
import io.pneuma.replies.Replier;
import io.pneuma.run.RunDirectory;
import io.pneuma.weights.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** What makes objects of DICOM of a run's answers, and which model they name. */
final class ReplierOf implements AutoCloseable {
  private final Finding.Model model;
  private final Optional<RunExplainer> explainer;
  private final String outlines;

  private ReplierOf(Finding.Model model, Optional<RunExplainer> explainer, String outlines) {
    this.model = model;
    this.explainer = explainer;
    this.outlines = outlines;
  }

  /**
   * Outlines are made where the run's maps have passed their checks alone.
   *
   * @param members the run itself, or those of an ensemble
   */
  static ReplierOf run(RunDirectory run, List<RunExplainer.Trained> members) throws IOException {
    Finding.Model model = new Finding.Model(Version.PNEUMA, sha256(run));
    Optional<CheckedMaps> checked = new RunMaps(run, members).known(Method.DEFAULT);
    if (checked.isEmpty()) {
      return new ReplierOf(
          model, Optional.empty(), "none, since the run's maps were not checked (explain does so)");
    }
    if (!checked.get().passed()) {
      return new ReplierOf(
          model, Optional.empty(), "none, since " + String.join("; ", checked.get().failures()));
    }
    return new ReplierOf(
        model, Optional.of(new RunExplainer(run, members, Method.DEFAULT)), "where it looked");
  }

  /** Of the file of the network; of an ensemble over the hashes of its members' files. */
  private static String sha256(RunDirectory run) throws IOException {
    if (run.members().isEmpty()) {
      return Digest.sha256(run.model());
    }
    StringBuilder members = new StringBuilder();
    for (RunDirectory member : run.members()) {
      members.append(Digest.sha256(member.model())).append('\n');
    }
    return Digest.sha256(members.toString().getBytes(StandardCharsets.US_ASCII));
  }

  Replier with(Predictor predictor) {
    return new Replier(predictor, model, explainer);
  }

  Finding.Model model() {
    return model;
  }

  /** What is outlined, or why nothing is. */
  String outlines() {
    return outlines;
  }

  @Override
  public void close() {
    explainer.ifPresent(RunExplainer::close);
  }
}
