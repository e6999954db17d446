package io.pneuma.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.images.ImageView;
import io.pneuma.images.LabelledImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SharedEpochTest {
  private static List<ImageView> views(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> new LabelledImage(Path.of(i + ".png"), 0, "p" + i, ""))
        .map(image -> new ImageView(image, 1))
        .toList();
  }

  @ParameterizedTest
  @CsvSource({
    "64, 16, 2",
    "65, 16, 2",
    "67, 16, 2",
    "68, 16, 2",
    "20, 16, 3",
    "9, 16, 4",
    "100, 7, 3"
  })
  void allWorkersTogetherShowEachViewOnceInTheMinibatchesOfOne(int count, int batch, int workers) {
    List<ImageView> views = views(count);
    List<List<List<ImageView>>> parts = new ArrayList<>();
    for (int worker = 0; worker < workers; worker++) {
      parts.add(SharedEpoch.parts(views, batch, worker, workers));
    }
    List<ImageView> shown = new ArrayList<>();
    for (int step = 0; step < parts.get(0).size(); step++) {
      int at = step;
      for (List<List<ImageView>> worker : parts) {
        assertTrue(worker.get(at).size() >= 2 || count < 2 * workers, "a part of one image");
        shown.addAll(worker.get(at));
      }
      boolean last = step == parts.get(0).size() - 1;
      assertTrue(last || shown.size() == (step + 1) * batch, "minibatch " + step);
    }
    assertEquals(views, shown);
  }

  @Test
  void aMinibatchThatCannotBeSharedIsRefused() {
    TrainingException failure =
        assertThrows(TrainingException.class, () -> SharedEpoch.require(16, 1000, 9));
    assertTrue(failure.getMessage().contains("training.batchSize = 16"), failure.getMessage());
    assertTrue(failure.getMessage().contains("9 tasks"), failure.getMessage());
    SharedEpoch.require(16, 1000, 8);
  }
}
