package io.pneuma.replies;

import io.pneuma.dicom.DicomException;
import io.pneuma.dicom.DicomFile;
import io.pneuma.dicom.DicomReply;
import io.pneuma.dicom.Finding;
import io.pneuma.explain.Outlines;
import io.pneuma.explain.RunExplainer;
import io.pneuma.images.ImageBytes;
import io.pneuma.images.ShownImage;
import io.pneuma.images.UnreadableImageException;
import io.pneuma.prediction.Predictor;
import io.pneuma.prediction.Predictor.Answer;
import io.pneuma.prediction.Verdict;
import java.awt.geom.Point2D;
import java.io.IOException;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Makes the objects that an archive gets for an image, of a run's answer. For one caller at a time.
 */
public final class Replier {
  /** Pixels of the longer side of the picture. */
  private static final int LONGEST = 1024;

  private final Predictor predictor;
  private final Finding.Model model;
  private final Optional<RunExplainer> explainer;

  /**
   * What is stored in the archive.
   *
   * @param kind {@code sr}, {@code pr} or {@code sc}, as DICOM calls their modalities
   * @param bytes of the whole file
   */
  @SuppressWarnings("ArrayRecordComponent") // A carrier, never compared.
  public record Stored(String kind, byte[] bytes) {}

  /**
   * For the answers of a predictor.
   *
   * @param explainer of the same run; empty where its maps did not pass their checks, so that
   *     nothing is outlined
   */
  public Replier(Predictor predictor, Finding.Model model, Optional<RunExplainer> explainer) {
    this.predictor = predictor;
    this.model = model;
    this.explainer = explainer;
  }

  /**
   * The report, the picture, and where something is outlined the presentation state.
   *
   * @throws UnreadableImageException when the image is no DICOM, or does not tell its study
   */
  public List<Stored> reply(ImageBytes image, Answer answer) throws IOException {
    if (!DicomFile.isDicom(image.bytes())) {
      throw new UnreadableImageException(
          image.name(), "is no DICOM, so that there is no study to answer in");
    }
    try {
      DicomFile file = DicomFile.read(image.bytes());
      Finding finding = finding(image, answer);
      DicomReply reply = new DicomReply(file, finding, ZonedDateTime.now(ZoneId.systemDefault()));
      Stored report = new Stored("sr", reply.report());
      ShownImage shown = ShownImage.of(image, LONGEST);
      Stored picture = new Stored("sc", reply.capture(Captioned.of(shown.picture(), finding)));
      return finding.outlines().isEmpty()
          ? List.of(report, picture)
          : List.of(report, new Stored("pr", reply.presentation()), picture);
    } catch (DicomException e) {
      throw new UnreadableImageException(image.name(), e.getMessage());
    }
  }

  private Finding finding(ImageBytes image, Answer answer) throws UnreadableImageException {
    List<String> labels = predictor.labels();
    Map<String, Double> probabilities = new LinkedHashMap<>();
    for (int k = 0; k < labels.size(); k++) {
      probabilities.put(labels.get(k), answer.probabilities()[k]);
    }
    Verdict verdict = predictor.verdict(answer);
    String positive = predictor.point().positiveClass();
    String reported = positive == null ? verdict.label() : positive;
    boolean found = verdict.isUndecided() || verdict.label().equals(reported);
    return new Finding(
        probabilities,
        positive,
        verdict.threshold(),
        verdict.label(),
        verdict.isUndecided(),
        verdict.unfamiliar(),
        model,
        found ? outlines(image, labels.indexOf(reported)) : List.of());
  }

  /** Where the network looked for a class. */
  private List<List<Point2D>> outlines(ImageBytes image, int label)
      throws UnreadableImageException {
    return explainer.isEmpty()
        ? List.of()
        : Outlines.of(explainer.get().explain(image, OptionalInt.of(label)).fused());
  }
}
