package io.pneuma.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pneuma.TinyRadiographs;
import io.pneuma.downloads.FileStore;
import io.pneuma.downloads.Source;
import io.pneuma.downloads.Sources;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What fetches, on a machine without a network. */
class FetchCommandsTest {
  private static final List<String> PROXY = List.of("https.proxyHost", "https.proxyPort");
  private static final String HOME = "pneuma.home";

  @TempDir Path folder;
  private String home;

  @BeforeAll
  static void leaveTheUsersCacheAlone() {
    assumeTrue(System.getenv("PNEUMA_CACHE") != null, "needs PNEUMA_CACHE, which the build sets");
  }

  /** All of HTTPS is sent to a port where nobody listens. */
  @BeforeEach
  void cutTheNetwork() throws IOException {
    home = System.getProperty(HOME, ".");
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      System.setProperty(PROXY.get(0), "127.0.0.1");
      System.setProperty(PROXY.get(1), String.valueOf(socket.getLocalPort()));
    }
  }

  @AfterEach
  void restore() {
    PROXY.forEach(System::clearProperty);
    System.setProperty(HOME, home);
  }

  @Test
  void listShowsEveryNameAndWhereTheCacheIs() {
    CliResult result = CliResult.of("weights", "list");
    assertEquals(0, result.exitCode(), result.err());
    List<String> lines = result.out().lines().toList();
    assertEquals(Sources.weights().size() + 3, lines.size());
    int checksum = lines.get(0).indexOf("checksum");
    for (Source source : Sources.weights()) {
      String line =
          lines.stream().filter(l -> l.startsWith(source.name() + " ")).findFirst().orElseThrow();
      assertTrue(line.contains(source.licence()), line);
      assertEquals(source.file().checksum(), line.substring(checksum).split("  ", 2)[0], line);
    }
    assertEquals("cache: " + Verb.cache().resolve("weights"), lines.get(lines.size() - 1));
  }

  @Test
  void anUnknownNameIsWrongUsage() {
    CliResult result = CliResult.of("weights", "fetch", "resnet18-imagnet");
    assertEquals(2, result.exitCode());
    assertTrue(result.err().contains("did you mean resnet18-imagenet?"), result.err());
    result = CliResult.of("data", "fetch", "kermani");
    assertEquals(2, result.exitCode());
    assertTrue(result.err().contains("did you mean kermany?"), result.err());
  }

  @Test
  void withoutNetworkOneSentenceSaysWhatToPutWhere() {
    Source source = Sources.weights("resnet18-imagenet");
    CliResult result = CliResult.of("weights", "fetch", source.name());
    assertEquals(1, result.exitCode());
    assertEquals("", result.out());
    assertEquals(1, result.err().lines().count(), result.err());
    for (String part :
        List.of(
            FileStore.weights(Verb.cache()).fileOf(source.file()).toString(),
            source.file().url().toString(),
            source.file().sha256().orElseThrow(),
            "./run.sh weights fetch resnet18-imagenet checks it")) {
      assertTrue(result.err().contains(part), result.err());
    }
  }

  @Test
  void aWrongFilePutThereByHandIsRefusedAndListed() throws IOException {
    Source source = Sources.weights("squeezenet1_1-imagenet");
    Path file = FileStore.weights(Verb.cache()).fileOf(source.file());
    Files.createDirectories(file.getParent());
    Files.writeString(file, "other");
    try {
      CliResult result = CliResult.of("weights", "fetch", source.name());
      assertEquals(1, result.exitCode());
      assertTrue(result.err().contains("has 5 bytes; expected 4958839"), result.err());
      assertTrue(CliResult.of("weights", "list").out().contains("wrong size"));
    } finally {
      Files.delete(file);
    }
  }

  @Test
  void aFileWithoutAPublishedDigestIsTakenWithAWarning() throws IOException {
    Source source = Sources.weights("densenet121-nih-chestxray14");
    FileStore store = FileStore.weights(Verb.cache());
    Path file = store.fileOf(source.file());
    Files.createDirectories(file.getParent());
    Files.writeString(file, "any");
    try {
      CliResult result = CliResult.of("weights", "fetch", source.name());
      assertEquals(0, result.exitCode(), result.err());
      assertEquals(file.toString(), result.out().strip());
      assertTrue(result.err().contains("warning: "), result.err());
      assertTrue(result.err().contains(store.firstSeen(source.file()).orElseThrow()), result.err());
    } finally {
      Files.delete(file);
      Files.deleteIfExists(file.resolveSibling(file.getFileName() + ".sha256"));
    }
  }

  @Test
  void dataIsFetchedOnlyIntoAFolderThatIsFree() throws IOException {
    System.setProperty(HOME, folder.toString());
    CliResult result = CliResult.of("data", "fetch", "kermany");
    assertEquals(1, result.exitCode());
    assertTrue(result.err().contains("./run.sh data fetch kermany checks it"), result.err());
    assertFalse(Files.exists(folder.resolve("data")));
    Path mine = Files.createDirectories(folder.resolve("data/kermany/train"));
    result = CliResult.of("data", "fetch", "kermany");
    assertEquals(1, result.exitCode());
    assertTrue(result.err().contains("is there already and not empty"), result.err());
    assertTrue(Files.exists(mine));
  }

  @Test
  void thePapersProtocolSaysAllThatIsMissingBeforeAnyWork() {
    CliResult result =
        CliResult.of("train", "conf/paper.yaml", "--set", "data.folder=" + folder.resolve("none"));
    assertEquals(1, result.exitCode());
    assertEquals(4, result.err().lines().count(), result.err());
    for (String part :
        List.of(
            folder.resolve("none") + ": there is no such folder",
            "./run.sh weights fetch resnet152-imagenet fetches it from https://",
            "./run.sh weights fetch densenet121-nih-chestxray14 fetches it",
            "./run.sh weights fetch resnet18-imagenet fetches it")) {
      assertTrue(result.err().contains(part), result.err());
    }
  }

  @Test
  void allWeightsThatCannotBeHadAreSaidTogether() throws IOException {
    TinyRadiographs.write(folder.resolve("images"), 4);
    Path recipe = folder.resolve("r.yaml");
    Files.writeString(
        recipe,
        "data: {folder: images}\nbackbones:\n  - {name: resnet18, weights: imagenet}\n"
            + "  - {name: resnet50, weights: {url: 'https://localhost/x.pth', sha256: "
            + "a".repeat(64)
            + "}}\n");
    CliResult result = CliResult.of("train", recipe, "--run", folder.resolve("run"));
    assertEquals(1, result.exitCode());
    assertTrue(result.err().contains("resnet18-imagenet.safetensors"), result.err());
    assertTrue(result.err().contains("a".repeat(64) + ".pth"), result.err());
    assertTrue(result.err().contains("--set 'backbones[0].weights=FILE'"), result.err());
    assertTrue(result.err().contains("--set 'backbones[1].weights=FILE'"), result.err());
    assertFalse(Files.exists(folder.resolve("run")));
  }
}
