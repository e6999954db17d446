package io.pneuma.serving;

import io.pneuma.prediction.AnsweredFile;
import io.pneuma.prediction.Picture;
import io.pneuma.prediction.Predictor;
import io.pneuma.prediction.Reply;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import org.eclipse.jetty.http.MultiPart;
import org.eclipse.jetty.http.MultiPartConfig;
import org.eclipse.jetty.http.MultiPartFormData;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.util.Attributes;

/** Answers for encoded images, as the verb {@code predict} does in JSON. */
final class PredictEndpoint {
  /** Images of one request. */
  static final int MOST_IMAGES = 64;

  private static final int BAD_REQUEST = 400;
  private static final int TOO_LARGE = 413;
  private static final int NO_IMAGE = 422;
  private static final String FORM = "multipart/form-data";

  private final Predictor predictor;
  private final BatchQueue queue;

  /** An image as it was sent; its name is told to nobody but the sender. */
  @SuppressWarnings("ArrayRecordComponent") // A carrier, never compared.
  private record Sent(String name, byte[] bytes) {}

  PredictEndpoint(Predictor predictor, BatchQueue queue) {
    this.predictor = predictor;
    this.queue = queue;
  }

  /**
   * Answers a body: a form with a list of answers, an image with its own.
   *
   * @param type of the body; null where the client did not say. curl calls any bytes a form of
   *     another type, so that all but the one counts as an image
   */
  CompletableFuture<Answered> answer(byte[] body, String type) {
    if (type == null || !type.toLowerCase(Locale.ROOT).startsWith(FORM)) {
      CompletableFuture<Reply> reply =
          queue.ask(List.of(Picture.of("the image", notEmpty(body)))).get(0);
      return reply.thenApply(
          said ->
              said.problem() == null
                  ? Answered.json(predictor.verdict(said.answer()))
                  : Answered.error(NO_IMAGE, said.problem().reason()));
    }
    List<Sent> images = images(body, type);
    List<CompletableFuture<Reply>> replies =
        queue.ask(images.stream().map(sent -> Picture.of("an image", sent.bytes)).toList());
    return CompletableFuture.allOf(replies.toArray(CompletableFuture<?>[]::new))
        .thenApply(
            done -> {
              List<AnsweredFile> answers = new ArrayList<>();
              for (int i = 0; i < images.size(); i++) {
                answers.add(line(images.get(i).name, replies.get(i).join()));
              }
              return Answered.json(answers);
            });
  }

  private static byte[] notEmpty(byte[] body) {
    if (body.length == 0) {
      throw new RefusedException(BAD_REQUEST, "there is no image in the body of the request");
    }
    return body;
  }

  private AnsweredFile line(String name, Reply reply) {
    return reply.problem() == null
        ? new AnsweredFile(name, predictor.verdict(reply.answer()), null)
        : new AnsweredFile(name, null, reply.problem().reason());
  }

  /** All parts with a file's name, whatever their field is called. */
  private static List<Sent> images(byte[] body, String type) {
    MultiPartConfig inMemory =
        new MultiPartConfig.Builder()
            .maxParts(MOST_IMAGES + 1)
            .maxSize(Bodies.MOST_BYTES)
            .maxPartSize(Bodies.MOST_BYTES)
            .maxMemoryPartSize(Bodies.MOST_BYTES) // Nothing of a patient lies on the disk.
            .useFilesForPartsWithoutFileName(false)
            .build();
    Content.Source source = Content.Source.from(ByteBuffer.wrap(body));
    List<Sent> images = new ArrayList<>();
    try (MultiPartFormData.Parts parts =
        MultiPartFormData.getParts(source, new Attributes.Mapped(), type, inMemory)) {
      for (MultiPart.Part part : parts) {
        if (part.getFileName() != null) {
          try (InputStream in = Content.Source.asInputStream(part.newContentSource(null, 0, -1))) {
            images.add(new Sent(part.getFileName(), in.readAllBytes()));
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (RuntimeException e) { // Jetty's, of several types.
      throw new RefusedException(
          BAD_REQUEST, "the form is broken, or has more than " + MOST_IMAGES + " images");
    }
    if (images.isEmpty()) {
      throw new RefusedException(
          BAD_REQUEST, "the form has no file; give each image as a part with a file's name");
    }
    if (images.size() > MOST_IMAGES) {
      throw new RefusedException(
          TOO_LARGE, "a request may have " + MOST_IMAGES + " images; send them in several");
    }
    return images;
  }
}
