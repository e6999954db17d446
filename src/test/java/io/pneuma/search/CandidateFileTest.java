package io.pneuma.search;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.run.RunException;
import io.pneuma.search.CandidateRecord.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CandidateFileTest {
  @TempDir Path folder;

  private static CandidateRecord candidate(int index, Status status, double score) {
    return new CandidateRecord(
        index,
        Map.of("training.learningRate", 1.23456e-5, "fusion.attention.heads", 4L, "b", true),
        status,
        score,
        0.5,
        Map.of("rocAuc", score, "precision", Double.NaN),
        List.of(0.25, score),
        2,
        1.5,
        2.5,
        1700000000000L,
        "why,\n\"quoted\" é");
  }

  private static final List<CandidateRecord> THREE =
      List.of(
          candidate(1, Status.COMPLETE, 0.1 + 0.2),
          candidate(0, Status.FAILED, Double.NaN),
          candidate(2, Status.PRUNED, 1e-300));

  private Path written() throws IOException {
    Path file = folder.resolve("candidates.jsonl");
    try (CandidateFile candidates = CandidateFile.open(file)) {
      for (CandidateRecord candidate : THREE) {
        candidates.append(candidate);
      }
    }
    return file;
  }

  @Test
  void givesBackWhatWasWritten() throws IOException {
    try (CandidateFile candidates = CandidateFile.open(written())) {
      assertEquals(THREE, candidates.records());
    }
  }

  @Test
  void aFileCutAtAnyByteHoldsEveryWholeLineAndCanBeGoneOnWith() throws IOException {
    byte[] whole = Files.readAllBytes(written());
    Path cut = folder.resolve("cut.jsonl");
    for (int length = 0; length <= whole.length; length++) {
      Files.write(cut, Arrays.copyOf(whole, length));
      int lines = 0;
      for (int i = 0; i < length; i++) {
        lines += whole[i] == '\n' ? 1 : 0;
      }
      try (CandidateFile candidates = CandidateFile.open(cut)) {
        assertEquals(THREE.subList(0, lines), candidates.records(), "cut at " + length);
        for (CandidateRecord candidate : THREE.subList(lines, THREE.size())) {
          candidates.append(candidate);
        }
      }
      assertEquals(-1, Arrays.mismatch(whole, Files.readAllBytes(cut)), "cut at " + length);
    }
  }

  @Test
  void aDamagedLineIsNamed() throws IOException {
    Path file = written();
    List<String> lines = Files.readAllLines(file);
    Files.writeString(file, lines.get(0) + "\n{nonsense\n" + lines.get(2) + "\n");
    String message =
        assertThrows(RunException.class, () -> CandidateFile.open(file).close()).getMessage();
    assertTrue(message.contains("candidates.jsonl: line 2 is damaged"), message);
  }

  @Test
  void twoSearchesDoNotShareAFile() throws IOException {
    Path file = written();
    try (CandidateFile first = CandidateFile.open(file)) {
      String message =
          assertThrows(RunException.class, () -> CandidateFile.open(file).close()).getMessage();
      assertTrue(message.contains("another search"), message);
      assertEquals(3, first.records().size());
    }
  }
}
