package io.pneuma.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@EnabledOnOs(OS.LINUX)
class CompletionCommandTest {
  @TempDir Path folder;

  @Test
  void completesVerbsAndOptionsInBash() throws Exception {
    Path script = folder.resolve("completion");
    Files.writeString(script, CliResult.of("completion").out());
    assertEquals("predict\n", completions(script, "pred"));
    assertEquals("--json\n", completions(script, "predict", "--js"));
  }

  /**
   * What bash offers for the last of the words; that nobody typed it, it says on standard error.
   */
  private String completions(Path script, String... words) throws Exception {
    String typed = "COMP_WORDS=(./run.sh " + String.join(" ", words) + ")";
    String asked =
        "source %s; complete -p run.sh >/dev/null; %s; COMP_CWORD=%d; _complete_run; printf '%%s\\n' \"${COMPREPLY[@]}\""
            .formatted(script, typed, words.length);
    Process bash = new ProcessBuilder("bash", "-c", asked).start();
    return new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }
}
