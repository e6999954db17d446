package io.pneuma.cli;

import io.pneuma.adaptation.AdaptationException;
import io.pneuma.cluster.ClusterException;
import io.pneuma.config.ConfigException;
import io.pneuma.explain.NotShownException;
import io.pneuma.images.DatasetException;
import io.pneuma.monitor.MonitorException;
import io.pneuma.notebooks.NotebookException;
import io.pneuma.onnx.OnnxException;
import io.pneuma.platform.BackendException;
import io.pneuma.platform.Memory;
import io.pneuma.platform.NotEnoughMemoryException;
import io.pneuma.run.RunException;
import io.pneuma.training.TrainingException;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The table of verbs, and what their failures mean to the caller. */
@Command(
    name = "./run.sh",
    description = "Fuses pretrained image backbones through attention.",
    subcommands = {
      TrainCommand.class,
      LrFindCommand.class,
      SearchCommand.class,
      ReproduceCommand.class,
      EvaluateCommand.class,
      PredictCommand.class,
      ExplainCommand.class,
      ExportCommand.class,
      ServeCommand.class,
      NodeCommand.class,
      CompareCommand.class,
      RunsCommand.class,
      EnsembleCommand.class,
      AdaptCommand.class,
      ReportCommand.class,
      VerifyCommand.class,
      UiCommand.class,
      WeightsCommand.class,
      DataCommand.class,
      NotebookCommand.class,
      CompletionCommand.class,
    },
    versionProvider = Version.class,
    mixinStandardHelpOptions = true)
public final class Cli {
  private static final int FAILED = 1;
  private static final int WRONG_USAGE = 2;

  /** What run.sh does in a checkout without this program. */
  private static final String SCRIPT_VERBS =
      "Further: ./run.sh test (formatter, lint and all tests), ./run.sh format, ./run.sh bench,"
          + " ./run.sh package, ./run.sh cluster";

  /** Failures whose message says all that a user needs. */
  private static final List<Class<? extends Exception>> EXPLAINED =
      List.of(
          AdaptationException.class,
          BackendException.class,
          ClusterException.class,
          DatasetException.class,
          IOException.class,
          MonitorException.class,
          NotEnoughMemoryException.class,
          NotShownException.class,
          NotebookException.class,
          OnnxException.class,
          TrainingException.class,
          UncheckedIOException.class);

  private Cli() {}

  /** Runs one verb: 0 done, 1 the run failed, 2 wrong usage or config. */
  public static int run(PrintStream out, PrintStream err, String... args) {
    CommandLine commands = commands(out, err);
    if (args.length == 0) {
      commands.usage(err);
      return WRONG_USAGE;
    }
    try {
      Memory.requireHeap();
      return commands.execute(args);
    } catch (NotEnoughMemoryException e) {
      err.println(e.getMessage());
      return FAILED;
    } catch (OutOfMemoryError | LinkageError e) {
      if (!isOutOfMemory(e)) {
        throw e;
      }
      err.println(Memory.outOfMemory());
      return FAILED;
    }
  }

  /** Whether memory ran out here or in a worker; a class that could not be made keeps its cause. */
  private static boolean isOutOfMemory(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof OutOfMemoryError) {
        return true;
      }
    }
    return false;
  }

  static CommandLine commands(PrintStream out, PrintStream err) {
    CommandLine commands = new CommandLine(new Cli(), new VerbFactory(out, err));
    if (Files.exists(Verb.home().resolve("pom.xml"))) { // Not a package.
      commands.getCommandSpec().usageMessage().footer("", SCRIPT_VERBS);
    }
    commands.getSubcommands().values().forEach(v -> v.getCommandSpec().version(Version.PNEUMA));
    commands.registerConverter(Path.class, Cli::path);
    commands.setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF));
    commands.setOut(new PrintWriter(out, true, StandardCharsets.UTF_8));
    commands.setErr(new PrintWriter(err, true, StandardCharsets.UTF_8));
    commands.setExecutionExceptionHandler((failure, command, parsed) -> explain(failure, err));
    return commands;
  }

  private static Path path(String text) {
    try {
      return Verb.written(text);
    } catch (ConfigException e) {
      throw new CommandLine.TypeConversionException(e.getMessage());
    }
  }

  private static int explain(Exception failure, PrintStream err) {
    LoggerFactory.getLogger(Cli.class).info("failed", failure);
    if (Ending.isInterrupted()) {
      return FAILED; // It was said already.
    }
    if (isOutOfMemory(failure)) {
      err.println(Memory.outOfMemory());
      return FAILED;
    }
    if (failure instanceof RunException && failure.getCause() instanceof IOException) {
      err.println(failure.getMessage()); // The file system's refusal, not the caller's mistake.
      return FAILED;
    }
    if (failure instanceof ConfigException || failure instanceof RunException) {
      err.println(failure.getMessage());
      return WRONG_USAGE;
    }
    if (EXPLAINED.stream().anyMatch(type -> type.isInstance(failure))) {
      Throwable cause = failure instanceof UncheckedIOException ? failure.getCause() : failure;
      err.println(cause instanceof IOException io ? FileTrouble.sentence(io) : cause.getMessage());
      return FAILED;
    }
    err.println("An error that Pneuma does not know; please report it with what follows.");
    failure.printStackTrace(err);
    return FAILED;
  }

  /** Makes the verbs with the streams that they write to. */
  private record VerbFactory(PrintStream out, PrintStream err) implements CommandLine.IFactory {
    @Override
    public <K> K create(Class<K> type) throws Exception {
      if (Verb.class.isAssignableFrom(type)) {
        return type.getDeclaredConstructor(Terminal.class).newInstance(new Terminal(out, err));
      }
      return CommandLine.defaultFactory().create(type);
    }
  }
}
