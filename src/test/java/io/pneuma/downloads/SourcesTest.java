package io.pneuma.downloads;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.config.ConfigException;
import java.net.URI;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class SourcesTest {
  private static final Set<String> LICENCES =
      Set.of("Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC-BY-4.0");

  static Stream<RemoteFile> files() {
    return Stream.concat(
        Sources.weights().stream().map(Source::file),
        Sources.datasets().stream().map(DatasetSource::file));
  }

  @ParameterizedTest
  @MethodSource("files")
  void everyFileComesOverHttpsAndSaysWhatIsKnownOfItsDigest(RemoteFile file) {
    assertEquals("https", file.url().getScheme());
    assertTrue(file.sha256().isEmpty() || file.sha256().get().matches("[0-9a-f]{8,64}"));
    assertTrue(file.fetchedBy().startsWith("./run.sh "), file.fetchedBy());
    assertFalse(file.fileName().isBlank());
  }

  @Test
  void everyNameFileAndAddressIsThereOnce() {
    List<String> names =
        Stream.concat(
                Sources.weights().stream().map(Source::name),
                Sources.datasets().stream().map(DatasetSource::name))
            .toList();
    assertEquals(names.size(), new HashSet<>(names).size());
    assertEquals(names.size(), files().map(RemoteFile::fileName).distinct().count());
    assertEquals(names.size(), files().map(RemoteFile::url).distinct().count());
  }

  @Test
  void theSixteenOfVal() {
    DatasetSource kermany = Sources.dataset("kermany");
    assertEquals(16, kermany.validation().size());
    assertEquals(8, kermany.validation().stream().filter(f -> f.startsWith("NORMAL/")).count());
    String moved = "NORMAL/NORMAL2-IM-1427-0001.jpeg";
    assertEquals("val/" + moved, kermany.place("train/" + moved));
    assertEquals("test/" + moved, kermany.place("test/" + moved));
    assertEquals("train/NORMAL/other.jpeg", kermany.place("train/NORMAL/other.jpeg"));
  }

  @Test
  void everyEntryIsWrittenInKnownWords() {
    for (Source source : Sources.weights()) {
      assertTrue(LICENCES.contains(source.licence()), source.name());
      assertTrue(source.size().matches("(about )?\\d+(\\.\\d)? MB|unknown"), source.size());
      assertTrue(source.name().matches("(zoo:)?[A-Za-z0-9_]+-[a-z0-9-]+"), source.name());
    }
    for (DatasetSource source : Sources.datasets()) {
      assertTrue(LICENCES.contains(source.licence()), source.name());
    }
  }

  @Test
  void thePapersBackbonesAndItsDataSetAreThere() {
    assertTrue(Sources.weights("resnet152", "imagenet").orElseThrow().file().isPinned());
    assertTrue(Sources.weights("resnet18", "imagenet").orElseThrow().file().isPinned());
    Source xrays = Sources.weights("densenet121", "nih-chestxray14").orElseThrow();
    assertEquals("none", xrays.file().checksum());
    assertEquals("xray 1024", xrays.recipe());
    assertEquals("chest_xray", Sources.dataset("kermany").topFolder());
    assertTrue(Sources.weights("resnet152", "nih-chestxray14").isEmpty());
  }

  @Test
  void anUnknownNameGetsTheKnownOnesAndTheNearest() {
    ConfigException unknown =
        assertThrows(ConfigException.class, () -> Sources.weights("resnet18-imagenett"));
    assertTrue(unknown.getMessage().contains("densenet121-nih-chestxray14"));
    assertTrue(unknown.getMessage().endsWith("did you mean resnet18-imagenet?"));
    unknown = assertThrows(ConfigException.class, () -> Sources.dataset("radiographs"));
    assertTrue(unknown.getMessage().endsWith("known: kermany"), unknown.getMessage());
  }

  @ParameterizedTest
  @CsvSource({
    "http://example.org/a.pth, a.pth, b8a52dc0",
    "ftp://example.org/a.pth, a.pth, b8a52dc0",
    "file:///etc/passwd, a.pth, b8a52dc0",
    "https:/a.pth, a.pth, b8a52dc0",
    "http://127.0.0.1.example.org/a.pth, a.pth, b8a52dc0",
    "https://example.org/a.pth, ../a.pth, b8a52dc0",
    "https://example.org/a.pth, .partial, b8a52dc0",
    "https://example.org/a.pth, a.pth, b8a52dc",
    "https://example.org/a.pth, a.pth, b8a52dcg",
  })
  void unsafeAddressesNamesAndDigestsAreRefused(String url, String fileName, String sha256) {
    URI address = URI.create(url);
    assertThrows(
        IllegalArgumentException.class,
        () ->
            new RemoteFile(fileName, address, OptionalLong.empty(), Optional.of(sha256), "fetch"));
  }

  @Test
  void aFileOfAnAddressIsNamedByItsDigestAndKeepsItsExtension() {
    String digest = "AB".repeat(32);
    URI url = URI.create("https://example.org/models/a.b/net.SAFETENSORS?download=1");
    RemoteFile file = RemoteFile.of(url, digest);
    assertEquals("ab".repeat(32) + ".SAFETENSORS", file.fileName());
    assertTrue(file.accepts("ab".repeat(32)));
    assertEquals(
        "ab".repeat(32),
        RemoteFile.of(URI.create("https://example.org/a.b/net"), digest).fileName());
    assertThrows(IllegalArgumentException.class, () -> RemoteFile.of(url, digest.substring(0, 8)));
  }
}
