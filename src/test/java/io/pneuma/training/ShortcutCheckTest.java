package io.pneuma.training;

import static org.bytedeco.opencv.global.opencv_core.CV_8U;
import static org.bytedeco.opencv.global.opencv_imgcodecs.imwrite;
import static org.bytedeco.opencv.global.opencv_imgproc.LINE_8;
import static org.bytedeco.opencv.global.opencv_imgproc.rectangle;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.evaluation.Shortcut;
import io.pneuma.evaluation.Shortcuts;
import io.pneuma.images.Dataset;
import io.pneuma.images.Hash;
import io.pneuma.images.LabelledImage;
import io.pneuma.run.RunDirectory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Rect;
import org.bytedeco.opencv.opencv_core.Scalar;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images of noise, of which one class may have a white frame. */
class ShortcutCheckTest {
  private static final int IMAGES = 120;

  @TempDir private Path folder;

  /** Of two classes, with an image of the test split that is not there, so must not be opened. */
  private Dataset noise(boolean framed, int patients) throws IOException {
    List<LabelledImage> images = new ArrayList<>();
    Random random = new Random(3);
    for (int i = 0; i < IMAGES; i++) {
      byte[] grey = new byte[48 * 48];
      random.nextBytes(grey);
      Mat image = new Mat(48, 48, CV_8U);
      image.<ByteBuffer>createBuffer().put(grey);
      if (framed && i % 2 == 1) {
        rectangle(image, new Rect(0, 0, 48, 48), new Scalar(255), 4, LINE_8, 0);
      }
      Path file = folder.resolve((framed ? "framed" : "plain") + i + ".bmp");
      imwrite(file.toString(), image);
      String patient = i % 2 + "p" + i / 2 % patients;
      images.add(new LabelledImage(file, i % 2, patient, Hash.hex(Files.readAllBytes(file))));
    }
    LabelledImage closed = new LabelledImage(folder.resolve("closed"), 0, "t", "00");
    return new Dataset(
        List.of("ill", "well"),
        images.subList(0, 80),
        images.subList(80, IMAGES),
        List.of(closed),
        List.of(),
        List.of());
  }

  private Shortcuts measured(RunDirectory run, Dataset data) throws IOException {
    ShortcutCheck.write(run, data, 1, folder.resolve("bank"), Progress.SILENT);
    return run.readJson(run.shortcuts(), Shortcuts.class);
  }

  private RunDirectory run(String name) {
    return RunDirectory.create(folder.resolve(name));
  }

  @Test
  void aFrameOfOneClassIsAShortcutAndTheSameAtEachRun() throws IOException {
    Dataset data = noise(true, 30);
    RunDirectory first = run("first");
    Shortcuts found = measured(first, data);

    assertEquals(IMAGES, found.images());
    assertEquals(60, found.patients());
    Map<String, Shortcut> byName =
        found.traits().stream().collect(Collectors.toMap(Shortcut::name, each -> each));
    assertEquals(1, byName.get("border").rocAuc(), 0.01);
    assertFalse(byName.get("size").beyondChance());
    assertTrue(found.warning().orElseThrow().contains("by border"), found.warning().toString());

    String expected = Files.readString(first.shortcuts());
    RunDirectory second = run("second"); // By the stored result.
    measured(second, data);
    assertEquals(expected, Files.readString(second.shortcuts()));
    try (Stream<Path> stored = Files.list(folder.resolve("bank"))) {
      for (Path file : stored.filter(each -> each.toString().endsWith(".json")).toList()) {
        Files.delete(file);
      }
    }
    RunDirectory third = run("third"); // By the stored traits.
    measured(third, data);
    assertEquals(expected, Files.readString(third.shortcuts()));
  }

  @Test
  void noiseHasNone() throws IOException {
    Shortcuts found = measured(run("run"), noise(false, 30));

    assertEquals(5, found.traits().size());
    assertTrue(found.warning().isEmpty(), found.toString());
  }

  @Test
  void onePatientOfAClassTellsNothing() throws IOException {
    Shortcuts found = measured(run("run"), noise(true, 1));

    assertEquals(List.of(), found.traits());
  }

  @Test
  void whatIsThereIsKept() throws IOException {
    RunDirectory run = run("run");
    run.writeJson(run.shortcuts(), new Shortcuts(1, 1, List.of()));

    assertEquals(1, measured(run, noise(true, 30)).images());
  }
}
