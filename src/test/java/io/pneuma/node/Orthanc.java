package io.pneuma.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** An archive of this machine, as Debian packages it, on a free port. */
final class Orthanc implements AutoCloseable {
  private static final Path PLUGIN = Path.of("/usr/share/orthanc/plugins/libOrthancDicomWeb.so");

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final Path program;
  private final Path folder;
  private final int port;
  private Process process;

  private Orthanc(Path program, Path folder, int port) {
    this.program = program;
    this.folder = folder;
    this.port = port;
  }

  /**
   * Not started yet; skips the test where there is none.
   *
   * @param folder for all that it writes
   */
  static Orthanc in(Path folder) throws IOException {
    List<Path> programs =
        Stream.of("/usr/sbin/Orthanc", "/usr/bin/Orthanc")
            .map(Path::of)
            .filter(Files::isExecutable)
            .toList();
    assumeTrue(
        !programs.isEmpty() && Files.exists(PLUGIN),
        "no Orthanc with its DICOMweb plugin, so that a real archive is not asked;"
            + " on Debian: apt-get install orthanc orthanc-dicomweb");
    Files.createDirectories(folder);
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    Map<String, Object> settings =
        Map.of(
            "StorageDirectory",
            folder.resolve("storage").toString(),
            "IndexDirectory",
            folder.resolve("storage").toString(),
            "Plugins",
            List.of(PLUGIN.toString()),
            "HttpPort",
            port,
            "DicomServerEnabled",
            false,
            "RemoteAccessAllowed",
            false,
            "AuthenticationEnabled",
            false,
            "DicomWeb",
            Map.of("Enable", true, "Root", "/dicom-web/"));
    new ObjectMapper().writeValue(folder.resolve("orthanc.json").toFile(), settings);
    return new Orthanc(programs.get(0), folder, port);
  }

  String url() {
    return "http://127.0.0.1:" + port + "/dicom-web/";
  }

  void start() throws IOException, InterruptedException {
    process =
        new ProcessBuilder(program.toString(), folder.resolve("orthanc.json").toString())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve("log").toFile()))
            .start();
    while (true) {
      assertTrue(process.isAlive(), () -> "Orthanc ended; see " + folder.resolve("log"));
      try {
        get("/system");
        return;
      } catch (IOException e) {
        Thread.sleep(50);
      }
    }
  }

  private JsonNode get(String path) throws IOException, InterruptedException {
    HttpResponse<byte[]> response =
        client.send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
            BodyHandlers.ofByteArray());
    assertEquals(200, response.statusCode(), path);
    return new ObjectMapper().readTree(response.body());
  }

  void add(byte[] file) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/instances"))
            .POST(BodyPublishers.ofByteArray(file))
            .build();
    assertEquals(200, client.send(request, BodyHandlers.discarding()).statusCode());
  }

  int instances() throws IOException, InterruptedException {
    return get("/statistics").get("CountInstances").asInt();
  }

  /** Of the series of a study, in the order of their names. */
  List<String> modalities(String study) throws IOException, InterruptedException {
    List<String> modalities = new ArrayList<>();
    for (JsonNode series : get("/dicom-web/studies/" + study + "/series")) {
      modalities.add(series.get("00080060").get("Value").get(0).asText());
    }
    return modalities.stream().sorted().toList();
  }

  void stop() {
    process.destroy();
    try {
      process.onExit().orTimeout(20, TimeUnit.SECONDS).join();
    } catch (CompletionException e) {
      process.destroyForcibly().onExit().join();
    }
  }

  @Override
  public void close() {
    if (process != null) {
      stop();
    }
  }
}
