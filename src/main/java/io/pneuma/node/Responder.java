package io.pneuma.node;

import io.pneuma.config.Recipe.DicomRule;
import io.pneuma.evaluation.OperatingPoint;
import io.pneuma.images.ImageBytes;
import io.pneuma.images.UnreadableImageException;
import io.pneuma.prediction.Picture;
import io.pneuma.prediction.Predictor;
import io.pneuma.prediction.Predictor.Answer;
import io.pneuma.replies.Replier;
import io.pneuma.replies.Replier.Stored;
import java.io.IOException;
import java.util.List;

/** Answers for files of DICOM by a run, one at a time. */
public final class Responder {
  private final Predictor predictor;
  private final Replier replier;
  private final DicomRule rule;

  /**
   * By what answers and what makes the objects, both of one run.
   *
   * @param rule which images are taken
   */
  public Responder(Predictor predictor, Replier replier, DicomRule rule) {
    this.predictor = predictor;
    this.replier = replier;
    this.rule = rule;
  }

  /**
   * What the run says.
   *
   * @param name what an exception names
   * @throws UnreadableImageException when the file gives no image, or not one that is taken
   */
  Response respond(String name, byte[] file) throws IOException {
    ImageBytes image = ImageBytes.of(name, file, rule);
    Answer answer =
        predictor.answer(List.of(predictor.start(Picture.of(name, file))), 1).get(0).orThrow();
    List<Stored> objects = replier.reply(image, answer);
    List<String> labels = predictor.labels();
    OperatingPoint point = predictor.point();
    double[] probabilities = answer.probabilities();
    int which = point.decision(labels).answer(probabilities);
    return new Response(
        labels.get(which),
        probabilities[which],
        probabilities,
        point.conformal() != null && point.conformal().set(labels, probabilities).size() != 1,
        answer.unfamiliar(),
        objects.stream().anyMatch(object -> object.kind().equals("pr")),
        objects.stream().map(Stored::bytes).toList());
  }
}
