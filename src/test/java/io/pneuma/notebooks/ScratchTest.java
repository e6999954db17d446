package io.pneuma.notebooks;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ScratchTest {
  /** Another program, which is interrupted while it writes to its folder. */
  public static void main(String[] none) throws IOException {
    Path folder = new Scratch().folder();
    Path below = Files.createDirectories(folder.resolve("images"));
    Files.writeString(below.resolve("copy.png"), "");
    System.out.println(folder);
    for (int i = 0; true; i = (i + 1) % 100) {
      Files.writeString(below.resolve(i + ".png"), "");
    }
  }

  @Test
  void itIsGoneAfterAnInterruption() throws Exception {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    Process process =
        new ProcessBuilder(
                java, "-cp", System.getProperty("java.class.path"), ScratchTest.class.getName())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (BufferedReader said = process.inputReader(StandardCharsets.UTF_8)) {
      Path folder = Path.of(said.readLine());
      assertTrue(Files.exists(folder.resolve("images/copy.png")));
      process.destroy();
      process.waitFor();
      assertFalse(Files.exists(folder));
    } finally {
      process.destroyForcibly();
    }
  }
}
