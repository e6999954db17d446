package io.pneuma.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.TinyRadiographs;
import io.pneuma.images.ImagePipeline;
import io.pneuma.images.LabelledImage;
import io.pneuma.images.UnreadableImageException;
import io.pneuma.prediction.Looks;
import io.pneuma.prediction.Picture;
import io.pneuma.prediction.Predictor;
import io.pneuma.prediction.Predictor.Answer;
import io.pneuma.prediction.Predictor.Trained;
import io.pneuma.prediction.Reply;
import io.pneuma.run.RunDirectory;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a trained run says of images, alone and in company, however they are given. */
class PredictorTest {
  private static final double ROUNDING = 1e-6;

  @TempDir static Path folder;
  private static RunDirectory run;
  private static List<Path> files;

  @BeforeAll
  static void train() throws IOException {
    run = RunDirectory.open(TinyRun.train(folder, "se"));
    try (Stream<Path> below = Files.list(folder.resolve("images/train/PNEUMONIA"))) {
      files = below.sorted().limit(7).toList();
    }
  }

  private static Predictor predictor(Looks looks) throws IOException {
    return Predictor.load(new Trained(run, Verb.recipeOf(run)), looks);
  }

  private static List<Reply> answer(Predictor predictor, List<Picture> pictures, int batchSize)
      throws IOException {
    List<Reply> replies = new ArrayList<>();
    predictor.answer(pictures, batchSize, replies::add);
    return replies;
  }

  private static void assertSame(Answer wanted, Answer given) {
    assertArrayEquals(wanted.probabilities(), given.probabilities(), ROUNDING);
    assertEquals(wanted.distance(), given.distance(), 1e-4 * wanted.distance());
  }

  @Test
  void anImageIsAnsweredAlikeAloneAndInAnyCompany() throws IOException {
    for (Looks looks : Looks.values()) {
      try (Predictor predictor = predictor(looks)) {
        List<Picture> all = files.stream().map(Picture::of).toList();
        List<List<Reply>> batches =
            List.of(
                answer(predictor, all, 3), answer(predictor, all, 8), answer(predictor, all, 1));
        for (int i = 0; i < files.size(); i++) {
          Answer alone = predictor.predict(files.get(i));
          for (List<Reply> replies : batches) {
            assertSame(alone, replies.get(i).orThrow());
          }
        }
        assertFalse(
            Math.abs(
                    batches.get(0).get(0).answer().probabilities()[0]
                        - batches.get(0).get(1).answer().probabilities()[0])
                < ROUNDING,
            "two images must not be answered alike, or this shows nothing");
      }
    }
  }

  @Test
  void anImageThatCannotBeReadLeavesTheOthersTheirAnswers() throws IOException {
    try (Predictor predictor = predictor(Looks.ONE)) {
      byte[] good = Files.readAllBytes(files.get(0));
      Path gone = folder.resolve("gone.png");
      List<Reply> replies =
          answer(
              predictor,
              List.of(
                  Picture.of("broken", new byte[] {1, 2, 3}),
                  Picture.of("sent", good),
                  Picture.of(gone),
                  Picture.of(files.get(1))),
              2);
      UnreadableImageException broken = replies.get(0).problem();
      assertTrue(broken.getMessage().startsWith("broken: is no whole"), broken.getMessage());
      assertThrows(UnreadableImageException.class, replies.get(0)::orThrow);
      assertEquals("there is no such file", replies.get(2).problem().reason());
      assertSame(predictor.predict(files.get(0)), replies.get(1).orThrow());
      assertSame(predictor.predict(files.get(1)), replies.get(3).orThrow());
    }
  }

  @Test
  void pixelsAreAnsweredAsTheImageThatTheyAreOf() throws IOException {
    try (Predictor predictor = predictor(Looks.ONE)) {
      ImagePipeline pipeline = ImagePipeline.plain(TinyRadiographs.SIDE);
      FloatBuffer pixels = FloatBuffer.allocate(pipeline.length());
      pipeline.read(files.get(2), pixels);
      Reply reply = answer(predictor, List.of(Picture.ofPixels(pixels.array())), 4).get(0);
      assertSame(predictor.predict(files.get(2)), reply.orThrow());
    }
  }

  @Test
  void anImageOfADataSetThatChangedStopsTheRest() throws IOException {
    try (Predictor predictor = predictor(Looks.ONE)) {
      LabelledImage other = new LabelledImage(files.get(0), 0, "somebody", "another hash");
      IOException changed =
          assertThrows(IOException.class, () -> predictor.predict(List.of(other), 4, done -> {}));
      assertTrue(changed.getMessage().contains("has changed"), changed.getMessage());
    }
  }
}
