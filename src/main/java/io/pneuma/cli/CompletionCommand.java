package io.pneuma.cli;

import java.nio.file.Path;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Writes what makes a shell complete verbs and options. */
@Command(
    name = "completion",
    description =
        "Prints a script by which bash and zsh complete verbs, options and files: source <(./run.sh"
            + " completion)")
final class CompletionCommand extends Verb {
  @Spec private CommandSpec spec;

  CompletionCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  public Integer call() {
    CommandLine all = spec.root().commandLine();
    terminal().out().println(AutoComplete.bash(calledAs(), all));
    return 0;
  }

  /** The shell finds it by the last part of the name that is typed. */
  private static String calledAs() {
    return Path.of(System.getProperty("pneuma.command", "run.sh")).getFileName().toString();
  }
}
