package io.pneuma.cli;

import io.pneuma.downloads.FileStore;
import io.pneuma.downloads.RemoteFile;
import io.pneuma.downloads.Source;
import io.pneuma.downloads.Sources;
import io.pneuma.weights.WeightsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Lists, fetches, inspects and exports pretrained weights. */
@Command(
    name = "weights",
    description = "Lists, fetches, inspects and exports pretrained weights.",
    synopsisSubcommandLabel = "(list | fetch NAME | inspect FILE | export ...)",
    subcommands = {
      WeightsCommand.Listing.class,
      WeightsCommand.Fetch.class,
      WeightsInspectCommand.class,
      WeightsExportCommand.class,
    },
    mixinStandardHelpOptions = true)
final class WeightsCommand {

  /** Shows the weights that can be fetched. */
  @Command(name = "list", description = "Shows the weights that can be fetched, and the cache.")
  static final class Listing extends Verb {
    Listing(Terminal terminal) {
      super(terminal);
    }

    @Override
    public Integer call() throws IOException {
      FileStore store = FileStore.weights(cache());
      List<List<String>> rows = new ArrayList<>();
      rows.add(List.of("name", "size", "licence", "checksum", "in the cache"));
      for (Source source : Sources.weights()) {
        rows.add(
            List.of(
                source.name(),
                source.size(),
                source.licence(),
                source.file().checksum(),
                state(store, source)));
      }
      terminal().out().print(TextTable.of(rows));
      terminal().out().println();
      terminal().out().println("cache: " + store.folder());
      return 0;
    }

    private static String state(FileStore store, Source source) throws IOException {
      RemoteFile file = source.file();
      if (store.isThere(file)) {
        long size = Files.size(store.fileOf(file));
        return file.size().orElse(size) == size ? "yes" : "wrong size";
      }
      long partial = store.partial(file);
      return partial > 0 ? Sources.megabytes(partial) + " of it" : "no";
    }
  }

  /** Fetches weights into the cache, or checks those that are there. */
  @Command(
      name = "fetch",
      description = "Fetches weights into the cache, or checks those that are there.")
  static final class Fetch extends Verb {
    @Parameters(paramLabel = "NAME", description = "As ./run.sh weights list names them.")
    private String name;

    Fetch(Terminal terminal) {
      super(terminal);
    }

    @Override
    public Integer call() throws WeightsException {
      Source source = Sources.weights(name);
      FileStore store = FileStore.weights(cache());
      Path file;
      try (FetchProgress progress = new FetchProgress(terminal(), name)) {
        file = store.fetch(source.file(), progress);
      }
      if (!source.file().isPinned()) {
        terminal()
            .warning(
                "warning: no whole checksum is published for "
                    + name
                    + "; this file has sha256 "
                    + store.firstSeen(source.file()).orElseThrow()
                    + ": compare it with a copy that you trust; a later change is refused");
      }
      terminal().out().println(file);
      return 0;
    }
  }
}
