package io.pneuma.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PredictionsTest {
  @TempDir Path temporary;

  @Test
  void writesARowForEachImage() throws IOException {
    RunDirectory run = RunDirectory.create(temporary.resolve("run"));
    Predictions predictions = new Predictions(List.of("NORMAL", "PNEUMONIA"));
    predictions.add("test/NORMAL/a, \"b\".png", "test", 0, 1, new double[] {0.25, 0.75}, 1.5);
    predictions.add("val/x.png", "validation", 1, 1, new double[] {0.5, 0.5}, Double.NaN);
    predictions.write(run);
    assertEquals(
        """
        file,split,label,predicted,probability_NORMAL,probability_PNEUMONIA,distance
        "test/NORMAL/a, ""b"".png",test,NORMAL,PNEUMONIA,0.25,0.75,1.5
        val/x.png,validation,PNEUMONIA,PNEUMONIA,0.5,0.5,
        """,
        Files.readString(run.predictions()));
  }

  @Test
  void refusesAnotherNumberOfClasses() {
    Predictions predictions = new Predictions(List.of("A", "B"));
    assertThrows(
        IllegalArgumentException.class, () -> predictions.add("x", "test", 0, 0, new double[3], 0));
  }
}
