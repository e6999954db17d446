package io.pneuma.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.pneuma.run.Manifest.Status;
import io.pneuma.run.Manifest.Versions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ManifestTest {
  private static final String COMMIT = "bf68553bf68553bf68553bf68553bf68553bf685";
  @TempDir Path temporary;

  @Test
  void readsAsPlannedAndComesBackEqual() throws IOException {
    RunDirectory run = RunDirectory.create(temporary.resolve("run"));
    Manifest manifest =
        new Manifest(
            new Versions("0.1.0", "17", "Linux", "1.0.0-M2.1"),
            Map.of("threads", 2, "name", "CPU"),
            1,
            "seed: 1",
            null,
            Map.of("resnet18", Manifest.NO_WEIGHTS),
            null,
            Instant.parse("2020-01-02T03:04:05Z"),
            null,
            List.of(),
            Status.RUNNING,
            null);
    run.writeJson(run.manifest(), manifest);
    assertEquals(
        """
        {
          "versions" : {
            "pneuma" : "0.1.0",
            "java" : "17",
            "os" : "Linux",
            "deeplearning4j" : "1.0.0-M2.1"
          },
          "backend" : {
            "name" : "CPU",
            "threads" : 2
          },
          "seed" : 1,
          "recipe" : "seed: 1",
          "dataSha256" : null,
          "weights" : {
            "resnet18" : "none"
          },
          "commit" : null,
          "started" : "2020-01-02T03:04:05Z",
          "finished" : null,
          "warnings" : [ ],
          "status" : "running"
        }
        """,
        Files.readString(run.manifest()));
    assertEquals(manifest, run.readJson(run.manifest(), Manifest.class));

    Manifest done = manifest.ended(Status.DONE, Instant.parse("2020-01-02T04:00:00.5Z"));
    run.writeJson(run.manifest(), done);
    assertEquals(done, run.readJson(run.manifest(), Manifest.class));
    Manifest resumed = done.resumedWith("seed: 2");
    assertEquals(Status.RUNNING, resumed.status());
    assertNull(resumed.finished());
    assertEquals(manifest.started(), resumed.started());
    assertEquals("seed: 2", resumed.recipe());
  }

  @Test
  void findsTheCommitOfABranch() throws IOException {
    write("project/.git/HEAD", "ref: refs/heads/main\n");
    write("project/.git/refs/heads/main", COMMIT + "\n");
    assertEquals(COMMIT, Manifest.projectCommit(temporary.resolve("project")));
  }

  @Test
  void findsTheCommitOfAPackedBranch() throws IOException {
    write("project/.git/HEAD", "ref: refs/heads/main\n");
    write(
        "project/.git/packed-refs",
        "# pack-refs with: peeled\n"
            + "0".repeat(40)
            + " refs/heads/old-refs/heads/main\n"
            + COMMIT
            + " refs/heads/main\n");
    assertEquals(COMMIT, Manifest.projectCommit(temporary.resolve("project")));
  }

  @Test
  void findsADetachedCommit() throws IOException {
    write("project/.git/HEAD", COMMIT + "\n");
    assertEquals(COMMIT, Manifest.projectCommit(temporary.resolve("project")));
  }

  @Test
  void findsTheCommitOfAWorktree() throws IOException {
    write("main/.git/HEAD", "ref: refs/heads/main\n");
    write("main/.git/refs/heads/side", COMMIT + "\n");
    write("main/.git/worktrees/side/HEAD", "ref: refs/heads/side\n");
    write("main/.git/worktrees/side/commondir", "../..\n");
    write("side/.git", "gitdir: " + temporary.resolve("main/.git/worktrees/side") + "\n");
    assertEquals(COMMIT, Manifest.projectCommit(temporary.resolve("side")));
  }

  @Test
  void findsTheCommitThatAPackageHolds() throws IOException {
    write("package/commit", COMMIT + "+dirty\n");
    assertEquals(COMMIT + "+dirty", Manifest.projectCommit(temporary.resolve("package")));
  }

  @Test
  void knowsNoCommitWhereThereIsNone() throws IOException {
    assertNull(Manifest.projectCommit(temporary));
    write("odd/.git/HEAD", "ref: refs/heads/.invalid\n");
    assertNull(Manifest.projectCommit(temporary.resolve("odd")));
    write("bad/.git", "\0");
    assertNull(Manifest.projectCommit(temporary.resolve("bad")));
    write("unborn/.git/HEAD", "hello\n");
    assertNull(Manifest.projectCommit(temporary.resolve("unborn")));
  }

  private void write(String file, String text) throws IOException {
    Path path = temporary.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
  }
}
