package io.pneuma.node;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.TinyRadiographs;
import io.pneuma.cli.Cli;
import io.pneuma.dicom.TestDicom;
import io.pneuma.node.FakeArchive.Manner;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The node as its user meets it, before a server that misbehaves and before a real archive. */
@Timeout(300) // Of one that never does what is waited for.
class NodeTest {
  @TempDir static Path folder;
  private static Path run;

  @TempDir Path state;

  @BeforeAll
  static void train() throws IOException {
    Path images = folder.resolve("images");
    TinyRadiographs.write(images, 12);
    Path recipe = folder.resolve("tiny.yaml");
    Files.writeString(recipe, TinyRadiographs.recipe(images, "all", "none"));
    run = folder.resolve("run");
    Pneuma training = new Pneuma();
    assertEquals(
        0,
        training.call(
            "train",
            recipe.toString(),
            "--run",
            run.toString(),
            "--no-maps",
            "--set",
            "training.epochs=1"),
        training::said);
  }

  /** One call of the program, and all that it says. */
  private static final class Pneuma {
    private final ByteArrayOutputStream said = new ByteArrayOutputStream();
    private Thread thread;
    private volatile int exitCode = -1;

    int call(String... args) {
      PrintStream stream = new PrintStream(said, true, StandardCharsets.UTF_8);
      exitCode = Cli.run(stream, stream, args);
      return exitCode;
    }

    String said() {
      return said.toString(StandardCharsets.UTF_8);
    }

    private void start(String... args) {
      thread = new Thread(() -> call(args));
      thread.setDaemon(true);
      thread.start();
    }

    private int interrupt() throws InterruptedException {
      thread.interrupt();
      thread.join();
      return exitCode;
    }
  }

  private String[] args(String url, String... more) {
    List<String> args = new ArrayList<>();
    args.addAll(List.of("node", "--run", run.toString(), "--dicomweb", url));
    args.addAll(List.of("--state", state.toString()));
    args.addAll(List.of(more));
    return args.toArray(String[]::new);
  }

  private Pneuma once(String url, int exitCode, String... more) throws IOException {
    Pneuma node = new Pneuma();
    String[] args = args(url, more);
    args = Arrays.copyOf(args, args.length + 1);
    args[args.length - 1] = "--once";
    assertEquals(exitCode, node.call(args), node::said);
    assertTellsNobody(node);
    return node;
  }

  private void assertTellsNobody(Pneuma node) throws IOException {
    StringBuilder written = new StringBuilder(node.said());
    try (Stream<Path> files = Files.walk(state)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        written.append(Files.readString(file));
      }
    }
    for (String planted : TestDicom.PLANTED) {
      assertFalse(written.toString().contains(planted), () -> planted + " in " + written);
    }
  }

  /** The only file of that name. */
  private Path file(String name) throws IOException {
    try (Stream<Path> files = Files.walk(state)) {
      List<Path> found = files.filter(file -> file.endsWith(name)).toList();
      assertEquals(1, found.size(), name);
      return found.get(0);
    }
  }

  private static void await(Pneuma node, Callable<Boolean> what) throws Exception {
    while (!what.call()) {
      assertTrue(node.thread.isAlive(), node::said);
      Thread.sleep(20);
    }
  }

  private static void fill(FakeArchive archive) {
    for (int number = 1; number <= 3; number++) {
      archive.images.put(number, TestDicom.file("PLANTED-ID", 0.2 * number, number));
    }
  }

  private static String failed(int reason) {
    return """
        {"00081198": {"vr": "SQ", "Value": [
          {"00081197": {"vr": "US", "Value": [%1$d]}}, {"00081197": {"vr": "US", "Value": [%1$d]}}]}}
        """
        .formatted(reason);
  }

  @Test
  void eachImageIsAnsweredOnceAndWhatIsNoneIsRefused() throws IOException {
    try (FakeArchive archive = new FakeArchive()) {
      fill(archive);
      archive.images.put(4, TestDicom.ofTheAbdomen());
      archive.images.put(5, Arrays.copyOf(TestDicom.file("PLANTED-ID", 0.5, 5), 900));
      Pneuma first = once(archive.url(), 0);
      assertTrue(first.said().contains("3 answered, 2 refused, 0 not answered"), first::said);
      assertTrue(first.said().contains("body part ABDOMEN"), first::said);
      assertEquals(6, archive.stored.size());
      Pneuma second = once(archive.url(), 0);
      assertTrue(second.said().contains("0 answered, 0 refused"), second::said);
      assertEquals(6, archive.stored.size());
      // A row that a kill cut short is as if it had never been begun.
      byte[] rows = Files.readAllBytes(file("answered.csv"));
      Files.write(file("answered.csv"), Arrays.copyOf(rows, rows.length - 4));
      assertTrue(once(archive.url(), 0).said().contains("1 answered, 0 refused"));
      assertArrayEquals(rows, Files.readAllBytes(file("answered.csv")));
      // What a stricter rule refused is asked for again by another.
      Pneuma any = once(archive.url(), 0, "--any-dicom");
      assertTrue(any.said().contains("1 answered, 1 refused"), any::said);
    }
  }

  @Test
  void aShadowStoresNothingAndIsAnsweredAnew() throws IOException {
    try (FakeArchive archive = new FakeArchive()) {
      fill(archive);
      Pneuma shadow = once(archive.url(), 0, "--shadow");
      assertTrue(shadow.said().contains("3 answered"), shadow::said);
      assertEquals(List.of(), archive.stored);
      List<String> rows = Files.readAllLines(file("shadow.csv"));
      assertEquals(
          "sopInstanceSha256,label,probability_NORMAL,probability_PNEUMONIA,undecided,unfamiliar,outlines",
          rows.get(0));
      assertEquals(4, rows.size());
      assertTrue(once(archive.url(), 0, "--shadow").said().contains("0 answered"));
      assertTrue(once(archive.url(), 0).said().contains("3 answered"));
      assertEquals(6, archive.stored.size());
    }
  }

  @Test
  void aServerThatDoesNotServeIsWaitedFor() throws Exception {
    try (FakeArchive archive = new FakeArchive()) {
      fill(archive);
      archive.next.addAll(
          List.of(
              Manner.status(503),
              new Manner(200, "application/dicom+json", "[{\"PLANTED"),
              new Manner(302, "text/plain", "PLANTED")));
      Pneuma node = new Pneuma();
      node.start(args(archive.url(), "--every", "1"));
      await(node, () -> archive.stored.size() == 6 && node.said().contains("serves again"));
      assertEquals(0, node.interrupt(), node::said);
      assertTellsNobody(node);
      for (String once : List.of("status 503", "else than DICOM's JSON", "redirects")) {
        assertEquals(2, node.said().split(once, -1).length, node::said);
      }
      assertEquals(4, Files.readAllLines(file("answered.csv")).size());
    }
  }

  @Test
  void whatIsRefusedAgainAndAgainIsLeftForTheNextStart() throws Exception {
    try (FakeArchive archive = new FakeArchive()) {
      fill(archive);
      archive.onStore = new Manner(409, "application/dicom+json", failed(0xC000));
      Pneuma node = new Pneuma();
      node.start(args(archive.url(), "--every", "1"));
      await(node, () -> node.said().split("given up until the next start", -1).length == 4);
      assertEquals(0, node.interrupt(), node::said);
      assertTrue(node.said().contains("failure reason C000"), node::said);
      archive.onStore = new Manner(202, "application/dicom+json", "{}");
      assertTrue(once(archive.url(), 1).said().contains("of 0 of 2 objects"));
      archive.onStore = new Manner(200, "text/html", "<html>PLANTED");
      assertTrue(once(archive.url(), 1).said().contains("else than DICOM's JSON"));
      assertEquals(1, Files.readAllLines(file("answered.csv")).size());
      // What was there before is no failure: a kill came after the store.
      archive.onStore = new Manner(409, "application/dicom+json", failed(0x0111));
      assertTrue(once(archive.url(), 0).said().contains("3 answered"));
    }
  }

  @Test
  void whoIsNotLetInIsToldHow() throws IOException {
    try (FakeArchive archive = new FakeArchive()) {
      archive.next.add(Manner.status(401));
      assertTrue(once(archive.url(), 1).said().contains("PNEUMA_DICOMWEB_TOKEN"));
      archive.next.add(Manner.status(404));
      assertTrue(once(archive.url(), 1).said().contains("is there a DICOMweb service at"));
    }
  }

  @Test
  void twoNodesDoNotShareAState() throws Exception {
    try (FakeArchive archive = new FakeArchive()) {
      Pneuma node = new Pneuma();
      node.start(args(archive.url(), "--every", "100"));
      await(node, () -> node.said().contains("what is done is kept in"));
      assertTrue(once(archive.url(), 2).said().contains("another node works with it"));
      assertEquals(0, node.interrupt(), node::said);
      Files.writeString(file("answered.csv"), "PLANT\n", StandardOpenOption.APPEND);
      assertTrue(once(archive.url(), 2).said().contains("line 2 is damaged"));
    }
  }

  @Test
  void aRealArchiveGetsEachAnswerOnce() throws Exception {
    try (Orthanc archive = Orthanc.in(folder.resolve("orthanc"))) {
      Pneuma node = new Pneuma();
      node.start(args(archive.url(), "--every", "1"));
      await(node, () -> node.said().contains("cannot be reached"));
      archive.start();
      archive.add(TestDicom.file("PLANTED-ID", 0.2, 1));
      archive.add(TestDicom.ofTheAbdomen());
      List<String> answered = List.of("DX", "OT", "SR");
      await(node, () -> node.said().contains("2 objects stored"));
      await(node, () -> node.said().contains("body part ABDOMEN"));
      assertEquals(answered, archive.modalities(TestDicom.study(1)));
      archive.stop();
      await(node, () -> node.said().split("cannot be reached", -1).length == 3);
      archive.start();
      archive.add(TestDicom.file("PLANTED-ID", 0.7, 2));
      await(node, () -> node.said().split("2 objects stored", -1).length == 3);
      assertEquals(answered, archive.modalities(TestDicom.study(2)));
      assertEquals(0, node.interrupt(), node::said);
      assertTellsNobody(node);
      assertEquals(7, archive.instances());
      assertTrue(once(archive.url(), 0).said().contains("0 answered, 0 refused"));
      archive.add(TestDicom.file("PLANTED-ID", 0.5, 3));
      assertTrue(once(archive.url(), 0, "--shadow").said().contains("1 answered"));
      assertEquals(8, archive.instances());
      // As if it had been killed between each store and its row.
      Files.delete(file("answered.csv"));
      assertTrue(once(archive.url(), 0).said().contains("3 answered, 0 refused"));
      assertEquals(10, archive.instances());
    }
  }
}
