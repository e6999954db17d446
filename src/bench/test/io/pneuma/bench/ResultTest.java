package io.pneuma.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ResultTest {
  private static Result result(Unit unit) {
    Duel duel = new Duel();
    duel.add(new Turn(0.125, Double.NaN), new Turn(0.25, Double.NaN));
    Row row = new Row("features.x", unit, List.of(), () -> null, Map.of());
    return new Result(row, "libtorch", duel);
  }

  @Test
  void jsonHasTheFieldsThatScriptsRelyOn() {
    Map<String, Object> fields = Result.json(List.of(result(Unit.IMAGES_PER_SECOND))).get(0);
    assertEquals(
        Map.of(
            "name",
            "features.x",
            "unit",
            "images/s",
            "pneuma",
            8.0,
            "peer",
            4.0,
            "peerName",
            "libtorch",
            "ratio",
            2.0),
        fields);
    assertEquals(
        List.of("name", "unit", "pneuma", "peer", "peerName", "ratio"),
        List.copyOf(fields.keySet()));
  }

  @Test
  void aRatioAboveOneMeansFasterInTimesToo() {
    Map<String, Object> fields = Result.json(List.of(result(Unit.MILLISECONDS_PER_STEP))).get(0);
    assertEquals(125.0, fields.get("pneuma"));
    assertEquals(2.0, fields.get("ratio"));
  }

  @Test
  void theTableShowsTheSpreadAndNoProcessorTimeWhereNobodyCounted() {
    List<String> lines = Result.table(List.of(result(Unit.SECONDS))).lines().toList();
    assertEquals(2, lines.size());
    assertTrue(lines.get(1).contains("2.00  2.00..2.00"), lines.get(1));
    assertTrue(!lines.get(1).contains("NaN"), lines.get(1));
  }
}
