package io.pneuma.cli;

import io.pneuma.run.Manifest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** The versions that a manifest names, and those of what computes. */
final class Version implements IVersionProvider {
  static final String PNEUMA = "0.1.0";
  static final String DEEPLEARNING4J = "1.0.0-M2.1";

  @Override
  public String[] getVersion() throws IOException {
    String commit = commit(Verb.home());
    List<String> lines = new ArrayList<>(List.of("Pneuma " + PNEUMA));
    lines.add("commit " + (commit == null ? "unknown" : commit));
    lines.add("Deeplearning4j " + DEEPLEARNING4J);
    for (String backend : List.of("nd4j-native", "nd4j-cuda-11.6")) {
      String version = library("org.nd4j", backend);
      if (version != null) {
        lines.add("ND4J backend " + backend + " " + version);
      }
    }
    lines.add("oneDNN " + library("org.bytedeco", "dnnl"));
    lines.add("OpenCV " + library("org.bytedeco", "opencv"));
    lines.add("JavaCPP " + library("org.bytedeco", "javacpp"));
    lines.add("Java " + Runtime.version() + ", " + System.getProperty("java.vendor"));
    return lines.toArray(String[]::new);
  }

  /** The version of a library on the class path, as Maven wrote it into the jar; null for none. */
  private static String library(String group, String artifact) throws IOException {
    String file = "/META-INF/maven/%s/%s/pom.properties".formatted(group, artifact);
    try (InputStream written = Version.class.getResourceAsStream(file)) {
      if (written == null) {
        return null;
      }
      Properties properties = new Properties();
      properties.load(written);
      return properties.getProperty("version");
    }
  }

  /** The commit, with {@code +dirty} where git knows of changes since; null when it is unknown. */
  private static String commit(Path home) {
    String commit = Manifest.projectCommit(home);
    if (commit == null || !Files.exists(home.resolve(".git"))) {
      return commit;
    }
    List<String> changes =
        List.of("git", "-C", home.toString(), "status", "--porcelain", "--untracked-files=no");
    try {
      Process git =
          new ProcessBuilder(changes).redirectError(ProcessBuilder.Redirect.DISCARD).start();
      String changed = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return changed.isBlank() ? commit : commit + "+dirty";
    } catch (IOException e) {
      return commit; // There is no git to ask.
    }
  }
}
