package io.pneuma.cli;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.config.RecipeLoader;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/** What the documentation says can be typed and loaded. */
class DocumentationTest {
  /** Verbs of run.sh itself. */
  private static final Set<String> SCRIPT_VERBS = Set.of("test", "format", "bench", "package");

  static Stream<Path> recipes() throws IOException {
    try (Stream<Path> files = Files.list(Verb.home().resolve("conf"))) {
      return files.sorted().toList().stream();
    }
  }

  static Stream<String> commands() throws IOException {
    List<String> commands = new ArrayList<>();
    List<Path> texts = new ArrayList<>(recipes().toList());
    texts.add(Verb.home().resolve("README.md"));
    for (Path text : texts) {
      Matcher command =
          Pattern.compile("(?m)^(?:# )?\\./run\\.sh +([^#\\n]*)").matcher(Files.readString(text));
      while (command.find()) {
        commands.add(command.group(1).replaceAll("  .*", "").strip());
      }
    }
    return commands.stream();
  }

  @ParameterizedTest
  @MethodSource("recipes")
  void everyRecipeLoads(Path recipe) {
    boolean searches = recipe.getFileName().toString().startsWith("search");
    RecipeLoader loader = Verb.recipes().ofTrainedRuns(); // Its weights need not be here.
    assertNotNull(
        searches
            ? loader.loadSearch(recipe, List.of()).base()
            : loader.load(recipe, List.of()).recipe());
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyCommandIsOneThatTheProgramTakes(String command) {
    assertTrue(!command.isEmpty());
    List<String> words = new ArrayList<>();
    Matcher word = Pattern.compile("'([^']*)'|(\\S+)").matcher(command);
    while (word.find()) {
      words.add(word.group(1) != null ? word.group(1) : word.group(2));
    }
    words.removeIf(w -> w.startsWith("-P"));
    if (SCRIPT_VERBS.contains(words.get(0))) {
      assertTrue(words.size() == 1 || words.get(0).equals("bench"), command);
      return;
    }
    PrintStream nowhere =
        new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8);
    CommandLine.ParseResult parsed =
        Cli.commands(nowhere, nowhere).parseArgs(words.toArray(String[]::new));
    assertTrue(parsed.hasSubcommand(), command);
  }
}
