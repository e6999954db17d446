package io.pneuma.downloads;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.weights.TestBytes;
import io.pneuma.weights.WeightsException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that are there already, put there by hand or fetched before; no network is asked. */
class FileStoreTest {
  private static final byte[] BYTES = TestBytes.random(1000, 1);
  private static final byte[] OTHER = TestBytes.random(1000, 2);

  @TempDir Path folder;

  private static RemoteFile file(Optional<String> sha256) {
    return new RemoteFile(
        "net.pth",
        URI.create("https://localhost:1/net.pth"),
        OptionalLong.empty(),
        sha256,
        "./run.sh weights fetch net");
  }

  private String refused(RemoteFile file) {
    return assertThrows(WeightsException.class, () -> new FileStore(folder).verified(file))
        .getMessage();
  }

  @Test
  void aFilePutThereByHandIsTakenIfItIsTheRightOne() throws IOException {
    RemoteFile file = file(Optional.of(TestBytes.sha256(BYTES)));
    FileStore store = new FileStore(folder);
    Files.write(store.fileOf(file), BYTES);
    assertEquals(store.fileOf(file), store.verified(file));
    assertArrayEquals(BYTES, Files.readAllBytes(store.fetch(file, FetchListener.SILENT)));
  }

  @Test
  void aWrongFilePutThereByHandIsNamedWithBothDigestsAndKept() throws IOException {
    RemoteFile file = file(Optional.of(TestBytes.sha256(BYTES)));
    Path path = new FileStore(folder).fileOf(file);
    Files.write(path, OTHER);
    String message = refused(file);
    assertTrue(message.startsWith(path + ": has sha256 " + TestBytes.sha256(OTHER)), message);
    assertTrue(message.contains("expected sha256 " + TestBytes.sha256(BYTES)), message);
    assertTrue(message.contains("delete it"), message);
    assertThrows(
        WeightsException.class, () -> new FileStore(folder).fetch(file, FetchListener.SILENT));
    assertArrayEquals(OTHER, Files.readAllBytes(path));
  }

  @Test
  void aMissingFileSaysHowToFetchIt() {
    assertTrue(
        refused(file(Optional.empty())).endsWith("fetch it with ./run.sh weights fetch net"));
  }

  @Test
  void anotherSizeIsNamed() throws IOException {
    RemoteFile file =
        new RemoteFile(
            "net.pth",
            URI.create("https://localhost:1/net.pth"),
            OptionalLong.of(999),
            Optional.empty(),
            "fetch");
    Files.write(new FileStore(folder).fileOf(file), BYTES);
    assertTrue(refused(file).contains("has 1000 bytes; expected 999"));
  }

  @Test
  void thePrefixOfADigestIsCompared() throws IOException {
    RemoteFile right = file(Optional.of(TestBytes.sha256(BYTES).substring(0, 8)));
    RemoteFile wrong = file(Optional.of(TestBytes.sha256(OTHER).substring(0, 8)));
    FileStore store = new FileStore(folder);
    Files.write(store.fileOf(right), BYTES);
    assertTrue(refused(wrong).contains("expected sha256 beginning with"), refused(wrong));
    assertEquals("prefix only", right.checksum());
    store.verified(right);
    assertEquals(Optional.of(TestBytes.sha256(BYTES)), store.firstSeen(right));
  }

  @Test
  void withoutAPublishedDigestTheFirstOneSeenIsKeptAndAChangeNoticed() throws IOException {
    RemoteFile file = file(Optional.empty());
    FileStore store = new FileStore(folder);
    Files.write(store.fileOf(file), BYTES);
    assertEquals(Optional.empty(), store.firstSeen(file));
    store.verified(file);
    store.verified(file);
    assertEquals(Optional.of(TestBytes.sha256(BYTES)), store.firstSeen(file));
    Files.write(store.fileOf(file), OTHER);
    String message = refused(file);
    assertTrue(message.contains("has changed"), message);
    assertTrue(message.contains(TestBytes.sha256(BYTES)), message);
    assertTrue(message.contains(TestBytes.sha256(OTHER)), message);
    assertTrue(message.endsWith("delete " + folder.resolve("net.pth.sha256")), message);
  }

  @Test
  void weightsAreKeptInTheCachesOwnFolder() throws IOException {
    FileStore store = FileStore.weights(folder);
    Source source = Sources.weights("resnet18-imagenet");
    assertEquals(
        folder.resolve("weights/resnet18-imagenet.safetensors"), store.fileOf(source.file()));
    URI url = URI.create("https://localhost:1/net.pth");
    String digest = TestBytes.sha256(BYTES);
    RemoteFile file = RemoteFile.of(url, digest);
    Path path = store.fileOf(file);
    assertEquals(folder.resolve("weights").resolve(digest + ".pth"), path);
    Files.createDirectories(path.getParent());
    Files.write(path, BYTES);
    assertEquals(path, store.verified(file));
    assertEquals(path, store.fetch(file, FetchListener.SILENT));
  }
}
