package io.pneuma.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class RowTest {
  private final List<Row> rows = new Rows(Path.of("."), Path.of("nowhere"), 1).all();

  private List<String> named(String what) {
    return Row.named(what, rows).stream().map(Row::name).toList();
  }

  @Test
  void rowsAreThoseThatScriptsRelyOn() {
    assertEquals(
        List.of(
            "features.resnet18",
            "features.densenet121",
            "features.resnet152",
            "features.trio",
            "features.efficientnet_b0",
            "features.vit_b_16",
            "finetune.resnet18",
            "finetune.resnet50",
            "finetune.efficientnet_b0",
            "finetune.convnext_tiny",
            "head.se",
            "head.eca",
            "head.self",
            "decode",
            "protocol",
            "coldstart"),
        named(""));
  }

  @Test
  void aPrefixNamesAllThatBeginSo() {
    assertEquals(
        List.of(
            "finetune.resnet18",
            "finetune.resnet50",
            "finetune.efficientnet_b0",
            "finetune.convnext_tiny"),
        named("finetune"));
  }

  @Test
  void aWholeNameNamesItsRowAlone() {
    assertEquals(List.of("head.se"), named("head.se")); // And not head.self.
  }

  @Test
  void anUnknownNameListsTheKnown() {
    assertEquals(List.of(), named("speed"));
    String message = Row.unknown("speed", rows);
    assertTrue(message.startsWith("no row speed; known: features.resnet18, "), message);
    assertTrue(message.endsWith("bank, memory, peak, scaling"), message);
  }
}
