package io.pneuma.bench;

import static org.bytedeco.opencv.global.opencv_imgcodecs.IMREAD_GRAYSCALE;
import static org.bytedeco.opencv.global.opencv_imgcodecs.imread;
import static org.bytedeco.opencv.global.opencv_imgcodecs.imwrite;
import static org.bytedeco.opencv.global.opencv_imgproc.INTER_AREA;
import static org.bytedeco.opencv.global.opencv_imgproc.resize;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Size;

/** One prediction of a trio from the shell, the start of the process included. */
final class ColdStart {
  private static final String RUN = "coldstart-run";

  private final Path home;
  private final Path folder;
  private final Models models;

  ColdStart(Path home, Path folder, Models models) {
    this.home = home;
    this.folder = folder;
    this.models = models;
  }

  Contestant pneuma() throws IOException {
    Path run = prepare();
    return new Shell(
        List.of(runSh(), "predict", "--json", "--run", run.toString(), image()), log("predict"));
  }

  Contestant peer() throws IOException {
    prepare();
    return new Shell(
        models.command("predict.py", models.folder().toString(), image()), log("predict.py"));
  }

  private String runSh() {
    return home.resolve("run.sh").toString();
  }

  private Path log(String name) {
    return folder.resolve("logs").resolve(name + ".log");
  }

  /** Of the networks' size, so that the two sides' ways to resize do not come into the answer. */
  private String image() throws IOException {
    Path image = folder.resolve("coldstart.png");
    if (!Files.exists(image)) {
      Path large = Radiographs.jpegs(folder).resolve("00.jpeg");
      try (Mat pixels = imread(large.toString(), IMREAD_GRAYSCALE);
          Mat small = new Mat();
          Size size = new Size(FeatureTask.SIZE, FeatureTask.SIZE)) {
        resize(pixels, small, size, 0, 0, INTER_AREA);
        imwrite(image.toString(), small);
      }
    }
    return image.toString();
  }

  /** A run of the trio, trained for an epoch, and its head as torch reads it; made once. */
  private Path prepare() throws IOException {
    Path run = folder.resolve(RUN);
    Path head = models.folder().resolve("trio.head.pth");
    if (Files.exists(head)) {
      return run;
    }
    models.features("trio");
    System.err.println("training the trio that predicts ...");
    Path recipe = folder.resolve(RUN + ".yaml");
    Files.writeString(recipe, recipe());
    models.run(List.of(runSh(), "train", recipe.toString(), "--no-ui", "--run", run.toString()));
    Path raw = models.folder().resolve("trio.head.bin");
    String model = run.resolve("model.zip").toString();
    models.run(Java.command(folder, HeadExport.class, model, raw.toString()));
    models.run(models.command("models.py", "trio", raw.toString(), models.folder().toString()));
    return run;
  }

  private String recipe() throws IOException {
    StringBuilder backbones = new StringBuilder();
    for (String name : Recipes.TRIO) {
      Path weights = models.folder().resolve(name + ".safetensors");
      backbones.append("  - {name: %s, weights: %s, freeze: all}\n".formatted(name, weights));
    }
    return """
        data:
          folder: %s
          validation: {fraction: 0.1, groupBy: patient}
        augmentation: {crop: 1, rotateDegrees: 0, flipHorizontal: 0, views: 1}
        backbones:
        %sfusion: {embedding: 1024, attention: {type: se, reduction: 16}}
        training: {epochs: 1, batchSize: 32, learningRate: 1.0e-4}
        """
        .formatted(Radiographs.phantoms(folder), backbones);
  }

  /** A command whose standard output ends with an object of JSON that has the probabilities. */
  private static final class Shell implements Contestant {
    private final List<String> command;
    private final Path log;
    private final double[] check;

    Shell(List<String> command, Path log) throws IOException {
      this.command = command;
      this.log = log;
      this.check = probabilities(); // And the page cache is warm.
    }

    @Override
    public String setup() {
      return "a new process";
    }

    @Override
    public List<double[]> checks() {
      return List.of(check);
    }

    @Override
    public Turn turn() throws IOException {
      long start = System.nanoTime();
      probabilities();
      return new Turn((System.nanoTime() - start) / 1e9, Double.NaN);
    }

    private double[] probabilities() throws IOException {
      Process process = new ProcessBuilder(command).redirectError(log.toFile()).start();
      String last = "";
      for (String line : process.inputReader().lines().toList()) {
        last = line;
      }
      if (!last.startsWith("{")) {
        throw new BenchException(String.join(" ", command) + " failed; " + log + " says why");
      }
      JsonNode probabilities = new ObjectMapper().readTree(last).get("probabilities");
      return new double[] {
        probabilities.get("NORMAL").asDouble(), probabilities.get("PNEUMONIA").asDouble()
      };
    }

    @Override
    public void close() {}
  }
}
