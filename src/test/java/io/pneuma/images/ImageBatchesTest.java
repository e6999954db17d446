package io.pneuma.images;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.config.Recipe.Augmentation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.memory.conf.WorkspaceConfiguration;
import org.nd4j.linalg.factory.Nd4j;

class ImageBatchesTest {
  private static final int SIDE = TestImages.SIDE;

  @TempDir private Path folder;
  private final ImagePipeline pipeline = new ImagePipeline(SIDE, new Augmentation(1, 0, 0, 1), 1);

  /** Plain grey images of the brightness 1/255, 2/255 and so on. */
  private List<ImageView> views(int count) throws IOException {
    List<ImageView> views = new ArrayList<>();
    for (int i = 1; i <= count; i++) {
      byte[] bytes = TestImages.encode(TestImages.plain(i * 0x010101), "png");
      Path file = Files.write(folder.resolve("image" + i + ".png"), bytes);
      LabelledImage image = new LabelledImage(file, 0, "p", Hash.hex(bytes));
      views.add(new ImageView(image, ImagePipeline.PLAIN));
    }
    return views;
  }

  @Test
  void batchesKeepTheOrderAndTheLastIsSmaller() throws IOException {
    List<ImageView> views = views(23);
    List<ImageView> seen = new ArrayList<>();
    List<Long> sizes = new ArrayList<>();

    try (ImageBatches batches = new ImageBatches(views, pipeline, 5, 3)) {
      while (batches.hasNext()) {
        ImageBatch batch = batches.next();
        for (int i = 0; i < batch.views().size(); i++) {
          int number = seen.size() + i + 1;
          assertEquals(number / 255f, batch.pixels().getFloat(i, 0, 0, 0));
          assertEquals(number / 255f, batch.pixels().getFloat(i, 2, SIDE - 1, SIDE - 1));
        }
        seen.addAll(batch.views());
        sizes.add(batch.pixels().size(0));
      }
      assertThrows(NoSuchElementException.class, batches::next);
    }

    assertEquals(views, seen);
    assertEquals(List.of(5L, 5L, 5L, 5L, 3L), sizes);
  }

  @Test
  void pixelsAreFloatsInCOrderAndInNoWorkspace() throws IOException {
    WorkspaceConfiguration configuration = WorkspaceConfiguration.builder().build();
    try (MemoryWorkspace workspace =
            Nd4j.getWorkspaceManager().getAndActivateWorkspace(configuration, "test");
        ImageBatches batches = new ImageBatches(views(2), pipeline, 2, 1)) {
      ImageBatch batch = batches.next();

      assertTrue(workspace.isScopeActive());
      assertFalse(batch.pixels().isAttached());
      assertEquals(DataType.FLOAT, batch.pixels().dataType());
      assertEquals('c', batch.pixels().ordering());
      assertArrayEquals(new long[] {2, 3, SIDE, SIDE}, batch.pixels().shape());
    }
  }

  @Test
  void aBadImageIsNamed() throws IOException {
    List<ImageView> views = views(12);
    Path bad = views.get(7).image().file();
    Files.writeString(bad, "text");
    LabelledImage checked = new LabelledImage(bad, 0, "p", Hash.hex(Files.readAllBytes(bad)));
    views.set(7, new ImageView(checked, ImagePipeline.PLAIN));

    try (ImageBatches batches = new ImageBatches(views, pipeline, 5, 2)) {
      batches.next();
      UncheckedIOException e = assertThrows(UncheckedIOException.class, batches::next);

      assertTrue(e.getMessage().startsWith(bad + ": is no whole"), e.getMessage());
      assertFalse(batches.hasNext());
    }
  }

  @Test
  void noMoreThanTwoBatchesAreReadAhead() throws Exception {
    List<ImageView> views = views(20);
    Path fourth = views.get(3).image().file();
    byte[] bytes = Files.readAllBytes(fourth);
    Files.delete(fourth);

    try (ImageBatches batches = new ImageBatches(views, pipeline, 1, 1)) {
      batches.next(); // Now 2 and 3 may be read; 4 is not, so it can still be put there.
      Files.write(fourth, bytes);
      batches.next();
      batches.next();

      assertEquals(4 / 255f, batches.next().pixels().getFloat(0, 0, 0, 0));
    }
  }

  @Test
  void closingEndsTheThreads() throws Exception {
    ImageBatches batches = new ImageBatches(views(40), pipeline, 10, 2);
    batches.next();

    batches.close();

    assertFalse(batches.hasNext());
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().equals("image-batches")) {
        thread.join(60_000);
        assertFalse(thread.isAlive(), "a worker outlives close");
      }
    }
  }
}
