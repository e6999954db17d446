package io.pneuma.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pneuma.notebooks.Staleness;
import io.pneuma.notebooks.WalkThrough;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The exported walk-throughs: each is executed again. */
class NotebookTest {
  @TempDir private Path folder;

  @Test
  void everyExportIsWhatItsCellsGiveToday() throws IOException {
    List<Object> words = new ArrayList<>(List.of("notebook"));
    words.addAll(WalkThrough.NAMES);
    words.addAll(List.of("--out", folder));
    CliResult result = CliResult.of(words.toArray());
    assertEquals(0, result.exitCode(), result.err());
    for (String name : WalkThrough.NAMES) {
      JsonNode exported = read(Verb.home().resolve("notebooks-exported"), name);
      List<String> stale = Staleness.of(exported, read(folder, name));
      assertEquals(
          List.of(),
          stale,
          name + " is stale; ./run.sh notebook " + name + " exports it anew; look at what changed");
      String page = Files.readString(folder.resolve(name + ".html"));
      for (Object path : List.of(Verb.home(), System.getProperty("java.io.tmpdir") + "/")) {
        assertFalse(page.contains(path.toString()), name + " tells of " + path);
      }
    }
  }

  private static JsonNode read(Path folder, String name) throws IOException {
    return new ObjectMapper().readTree(folder.resolve(name + ".ipynb").toFile());
  }

  @Test
  void itNamesThemAndRefusesOthers() {
    CliResult list = CliResult.of("notebook", "list");
    assertEquals(0, list.exitCode(), list.err());
    assertEquals(list.out(), CliResult.of("notebook").out());
    assertEquals(WalkThrough.NAMES.size(), list.out().lines().count());
    assertTrue(list.out().contains("fusion    The fusion graph, layer by layer"), list.out());
    CliResult other = CliResult.of("notebook", "data", "date", "--out", folder);
    assertEquals(2, other.exitCode());
    assertTrue(
        other.err().startsWith("notebook date: there is none of this name; expected data, fusion,"),
        other.err());
    CliResult none = CliResult.of("notebook", "data", "--run", folder);
    assertEquals(2, none.exitCode());
    assertTrue(none.err().contains("has no config.yaml"), none.err());
  }

  @Test
  void itWritesToNoFile() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    CliResult result = CliResult.of("notebook", "data", "--out", file);
    assertEquals(2, result.exitCode());
    assertTrue(result.err().contains("is a file; expected a folder to write to"), result.err());
  }
}
