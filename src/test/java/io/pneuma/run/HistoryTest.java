package io.pneuma.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.run.History.Epoch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HistoryTest {
  @TempDir Path temporary;
  private RunDirectory run;

  @BeforeEach
  void create() {
    run = RunDirectory.create(temporary.resolve("run"));
  }

  @Test
  void addsARowForEachEpoch() throws IOException {
    History history = History.start(run, List.of("rocAuc", "f1"));
    history.append(epoch(1));
    history.append(new Epoch(2, 1e-5, 0.5, 0.6, Map.of("f1", Double.NaN, "rocAuc", 1 / 3.0), 2.5));
    assertEquals(
        """
        epoch,learningRate,trainLoss,validationLoss,rocAuc,f1,seconds
        1,1.0E-4,0.7,0.8,0.75,0.5,1.5
        2,1.0E-5,0.5,0.6,0.3333333333333333,,2.5
        """,
        Files.readString(run.history()));
  }

  @Test
  void readsBackWhatItWrote() {
    History history = History.start(run, List.of("rocAuc", "f1"));
    history.append(epoch(1));
    history.append(new Epoch(2, 1e-5, Double.NaN, 0.6, Map.of("f1", 0.1, "rocAuc", 1 / 3.0), 2));
    History read = History.load(run);
    assertEquals(history.metrics(), read.metrics());
    assertEquals(history.epochs(), read.epochs());
  }

  @Test
  void goesOnFromACheckpoint() {
    History history = History.start(run, List.of("rocAuc", "f1"));
    for (int i = 1; i <= 5; i++) {
      history.append(epoch(i));
    }
    History resumed = History.load(run);
    resumed.truncate(3);
    assertEquals(3, History.load(run).epochs().size());
    resumed.append(epoch(4));
    assertEquals(4, History.load(run).epochs().size());
  }

  @Test
  void refusesAnEpochOutOfTurnOrWithOtherMetrics() {
    History history = History.start(run, List.of("rocAuc", "f1"));
    assertThrows(IllegalArgumentException.class, () -> history.append(epoch(2)));
    assertThrows(
        IllegalArgumentException.class,
        () -> history.append(new Epoch(1, 1, 1, 1, Map.of("rocAuc", 1.0), 1)));
  }

  @Test
  void saysWhatIsWrongWithAFile() {
    assertTrue(refusal().contains("cannot be read"), refusal());
    run.write(run.history(), "");
    assertTrue(refusal().contains("has the columns []"), refusal());
    run.write(run.history(), "a,b,c,d,e\n");
    assertTrue(refusal().contains("has the columns [a, b, c, d, e]"), refusal());
    String header = "epoch,learningRate,trainLoss,validationLoss,seconds\n";
    run.write(run.history(), header + "1,0.1,0.2\n");
    assertTrue(refusal().contains("record 1 is cut short"), refusal());
    run.write(run.history(), header + "1,0.1,0.2,high,1\n");
    assertTrue(refusal().contains("is damaged: For input string: \"high\""), refusal());
    run.write(run.history(), header + "1,0.1,0.2,\"0.3,1\n");
    assertTrue(refusal().contains("is damaged"), refusal());
    run.write(run.history(), header + "7,0.1,0.2,0.3,1\n");
    assertTrue(refusal().contains("epoch 7 follows epoch 0"), refusal());
  }

  private String refusal() {
    String message = assertThrows(RunException.class, () -> History.load(run)).getMessage();
    assertTrue(message.startsWith(run.history().toString()), message);
    return message;
  }

  private static Epoch epoch(int number) {
    return new Epoch(number, 1e-4, 0.7, 0.8, Map.of("rocAuc", 0.75, "f1", 0.5), 1.5);
  }
}
