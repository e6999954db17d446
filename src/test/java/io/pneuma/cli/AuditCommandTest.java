package io.pneuma.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pneuma.TinyRadiographs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuditCommandTest {
  @TempDir private Path folder;

  @Test
  void anAuditLeavesAPageAndFindings() throws IOException {
    TinyRadiographs.write(folder.resolve("tiny"), 8);
    Path page = folder.resolve("audit.html");
    Path json = folder.resolve("audit.json");

    CliResult result =
        CliResult.of("data", "audit", folder.resolve("tiny"), "--out", page, "--json", json);

    assertEquals(0, result.exitCode(), result.err());
    assertTrue(result.out().startsWith("32 images of 16 patients, classes NORMAL, PNEUMONIA"));
    assertTrue(result.out().contains("page: " + page));
    assertTrue(Files.readString(page).contains("<h1>Audit of tiny</h1>"));
    JsonNode found = new ObjectMapper().readTree(json.toFile());
    assertEquals(32, found.get("images").asInt());
    assertEquals(5, found.get("shortcuts").size());
    assertEquals(2, found.get("shortcuts").get(0).get("ci95").size());
  }

  @Test
  void aFolderThatIsNotThereLeavesNothing() {
    Path page = folder.resolve("audit.html");

    CliResult result = CliResult.of("data", "audit", folder.resolve("none"), "--out", page);

    assertEquals(1, result.exitCode());
    assertTrue(result.err().contains("there is no such folder"), result.err());
    assertFalse(Files.exists(page));
  }

  @Test
  void weightsThatAreNotThereAreWrongUsage() {
    CliResult result = CliResult.of("data", "audit", folder, "--weights", folder.resolve("w.pth"));

    assertEquals(2, result.exitCode());
    assertTrue(result.err().contains("--weights"), result.err());
  }
}
