package io.pneuma.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.pneuma.TinyRadiographs;
import io.pneuma.cli.Cli;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an audit finds by executors' looks is what it finds by its own. */
class SparkAuditTest {
  @TempDir Path folder;

  private Path audit(Path images, String name, String... args) {
    Path json = folder.resolve(name + ".json");
    List<String> own =
        List.of(
            "data",
            "audit",
            images.toString(),
            "--out",
            folder.resolve(name + ".html").toString(),
            "--json",
            json.toString());
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int exitCode =
        Cli.run(
            new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            Stream.concat(own.stream(), Stream.of(args)).toArray(String[]::new));
    assertEquals(0, exitCode, err.toString(StandardCharsets.UTF_8));
    return json;
  }

  @Test
  void theFindingsAreTheSame() throws IOException {
    Path images = folder.resolve("images");
    TinyRadiographs.write(images, 12);
    Files.writeString(images.resolve("train/NORMAL/person99_broken_0.png"), "no image");
    String here = Files.readString(audit(images, "here"));
    assertEquals(here, Files.readString(audit(images, "there", "--spark", "local[2]")));
  }
}
