package io.pneuma.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** run.sh from strange places, with a Java in its place that tells how it was called. */
@EnabledOnOs(OS.LINUX)
class RunScriptTest {
  @TempDir Path folder;
  private Path jdk;

  @BeforeEach
  void makeAJava() throws IOException {
    jdk = Files.createDirectories(folder.resolve("jdk"));
    Path java = Files.createDirectories(jdk.resolve("bin")).resolve("java");
    Files.writeString(java, "#!/bin/sh\necho \"locale $LC_ALL\"\nfor a; do echo \"$a\"; done\n");
    assertTrue(java.toFile().setExecutable(true));
  }

  /** A checkout that is built already, as far as run.sh can tell. */
  private Path checkout(String name) throws IOException {
    Path home = Files.createDirectories(folder.resolve(name));
    Files.createDirectories(home.resolve("src/main"));
    Files.writeString(home.resolve("pom.xml"), "");
    Files.createDirectories(home.resolve("target/classes"));
    Path script = Files.copy(Verb.home().resolve("run.sh"), home.resolve("run.sh"));
    assertTrue(script.toFile().setExecutable(true));
    Files.writeString(home.resolve("target/classpath"), "the.jar");
    return script;
  }

  private String run(Map<String, String> environment, Path in, Object... command) throws Exception {
    ProcessBuilder process =
        new ProcessBuilder(List.of(command).stream().map(Object::toString).toList());
    process.environment().keySet().removeIf(name -> name.startsWith("LC_") || name.equals("LANG"));
    process.environment().putAll(environment);
    process.environment().putIfAbsent("JAVA_HOME", jdk.toString());
    Process running = process.directory(in.toFile()).redirectErrorStream(true).start();
    String output = new String(running.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    running.waitFor();
    return output;
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain", "with space", "dollar$HOME", "it's", "-dash", "star*"})
  void runsFromAFolderOfAnyName(String name) throws Exception {
    Path script = checkout(name);
    String output = run(Map.of(), folder, script, "--version");
    assertTrue(output.contains("-Dpneuma.home=" + script.getParent() + "\n"), output);
    assertTrue(output.contains(script.getParent() + "/target/classes:the.jar\n"), output);
    assertTrue(output.endsWith("io.pneuma.Main\n--version\n"), output);
  }

  @Test
  void startsAPackageWithItsOwnJava() throws Exception {
    Path home = Files.createDirectories(folder.resolve("a package"));
    Path script = Files.copy(Verb.home().resolve("run.sh"), home.resolve("run.sh"));
    Path bin = Files.createDirectories(home.resolve("runtime/bin"));
    Files.copy(jdk.resolve("bin/java"), bin.resolve("java"), StandardCopyOption.COPY_ATTRIBUTES);
    String output =
        run(Map.of("JAVA_HOME", "/nowhere"), folder, "bash", script, "predict", "--json");
    assertTrue(output.contains("-Dpneuma.home=" + home + "\n"), output);
    assertTrue(output.contains("-XX:TieredStopAtLevel=1\n"), output);
    String end = "-cp\n" + home + "/lib/pneuma.jar\nio.pneuma.Main\npredict\n--json\n";
    assertTrue(output.endsWith(end), output);
  }

  @Test
  void saysThatAColonCannotStandInTheClassPath() throws Exception {
    String output = run(Map.of(), folder, checkout("a:b"), "--version");
    assertTrue(output.contains("/a:b: a folder with a colon cannot stand in Java's class path"));
  }

  @Test
  void findsItsFolderThroughLinksAndWithCdpath() throws Exception {
    Path script = checkout("home");
    String expected =
        run(Map.of(), folder, script, "--version").replaceAll("-Dpneuma.command.*", "");
    Path links = Files.createDirectories(folder.resolve("links"));
    Files.createSymbolicLink(links.resolve("first"), Path.of("../home/run.sh"));
    Path second = Files.createSymbolicLink(folder.resolve("second"), Path.of("links/first"));
    for (List<Object> command :
        List.of(
            List.<Object>of(second, "--version"),
            List.<Object>of("bash", "home/run.sh", "--version"),
            List.<Object>of("sh", "home/run.sh", "--version"))) {
      String output = run(Map.of("CDPATH", folder.toString()), folder, command.toArray());
      assertEquals(expected, output.replaceAll("-Dpneuma.command.*", ""), command.toString());
    }
  }

  @Test
  void setsALocaleOfUtf8WhereThereIsNone() throws Exception {
    Path script = checkout("home");
    for (Map<String, String> environment :
        List.of(Map.of("LC_ALL", "C"), Map.of("LANG", "POSIX"), Map.<String, String>of())) {
      String output = run(environment, folder, script, "--version");
      assertTrue(output.matches("(?is)locale [a-z_.]*utf-?8\n.*"), output);
    }
    assertTrue(
        run(Map.of("LC_ALL", "C.UTF-8"), folder, script, "x").startsWith("locale C.UTF-8\n"));
  }

  @Test
  void saysThatJavaIsMissing() throws Exception {
    String output = run(Map.of("JAVA_HOME", "/nowhere"), folder, checkout("home"), "--version");
    assertEquals(
        "there is no Java (/nowhere/bin/java); install a JDK 17, or mend JAVA_HOME\n", output);
  }

  @Test
  void saysThatTheAddressSpaceIsTooSmall() throws Exception {
    Path script = checkout("home");
    String output =
        run(Map.of(), folder, "bash", "-c", "ulimit -v 2097152; '" + script + "' --version");
    assertTrue(output.startsWith("the address space is limited to 2048 MiB (ulimit -v)"), output);
  }
}
