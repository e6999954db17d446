package io.pneuma.cli;

import io.pneuma.config.Recipe;
import io.pneuma.images.ContactSheet;
import io.pneuma.images.Dataset;
import io.pneuma.images.ImagePipeline;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows what a network will see. */
@Command(
    name = "preview",
    description = "Draws training images and their augmented views as the network will see them.")
final class PreviewCommand extends Verb {
  /** Of more the sheet would be too wide for a screen. */
  private static final int MOST_VIEWS = 8;

  @Parameters(index = "0", paramLabel = "CONFIG", description = "The recipe.")
  private Path config;

  @Parameters(index = "1", paramLabel = "FILE.png", description = "The picture to write.")
  private Path file;

  @Option(
      names = "--set",
      paramLabel = "key=value",
      description = "Overrides a key of the recipe, as in augmentation.policy=xray.")
  private List<String> assignments = new ArrayList<>();

  PreviewCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  public Integer call() throws IOException {
    OutputFile.requirePicture("FILE.png", file);
    Recipe recipe =
        archives().located(recipes().ofTrainedRuns().load(config, assignments).recipe());
    drawPhantoms(recipe);
    Dataset data = dataset(recipe);
    data.skipped().forEach(bad -> terminal().warning("skipped: " + bad));
    int size = recipe.data().imageSize();
    ImagePipeline pipeline = new ImagePipeline(size, recipe.augmentation(), recipe.seed());
    boolean plain = recipe.augmentation().isIdentity();
    int views = plain ? 0 : Math.min(MOST_VIEWS, recipe.augmentation().views());
    OutputFile.write(file, new ContactSheet(data, pipeline, views)::write);
    terminal().result(file + ": the plain view and " + views + " augmented of training images");
    return 0;
  }
}
