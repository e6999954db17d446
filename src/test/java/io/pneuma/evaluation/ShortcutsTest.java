package io.pneuma.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ShortcutsTest {
  private static final Shortcut FILE = new Shortcut("file: bytes", 0.6, 0.5, 0.7);
  private static final Shortcut BORDER = new Shortcut("border: grey", 0.8, 0.7, 0.9);

  @Test
  void aWarningNamesWhatIsBeyondChanceAlone() {
    assertEquals(
        Optional.of(
            "without any anatomy the classes are told with a ROC AUC of 0.800 [0.700, 0.900] by border"),
        new Shortcuts(9, 9, List.of(FILE, BORDER)).warning());
    assertEquals(Optional.empty(), new Shortcuts(9, 9, List.of(FILE)).warning());
    assertEquals(Optional.empty(), new Shortcuts(9, 9, List.of()).warning());
  }

  @Test
  void theWorstOfSeveralIsWhoseTraitTellsMost() {
    Shortcuts bad = new Shortcuts(1, 1, List.of(BORDER, FILE));
    Shortcuts good = new Shortcuts(2, 2, List.of(FILE));
    Shortcuts none = new Shortcuts(3, 3, List.of());
    assertEquals(bad, Shortcuts.worst(List.of(none, good, bad)));
    assertEquals(good, Shortcuts.worst(List.of(none, good)));
  }
}
