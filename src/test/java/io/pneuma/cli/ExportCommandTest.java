package io.pneuma.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.onnxruntime.OrtException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pneuma.TinyRadiographs;
import io.pneuma.images.ImagePipeline;
import io.pneuma.onnx.OnnxRuntime;
import io.pneuma.run.RunDirectory;
import io.pneuma.weights.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Runs as ONNX files, and the clients of docs/onnx.md. */
class ExportCommandTest {
  private static final int SIZE = 40;

  @TempDir static Path folder;
  private static Path images;
  private static Path run;
  private static Path file;

  @BeforeAll
  static void trainOnce() throws IOException {
    images = folder.resolve("images");
    TinyRadiographs.write(images, 12);
    Path recipe = folder.resolve("recipe.yaml");
    Files.writeString(recipe, TinyRadiographs.recipe(images, "all", "self"));
    run = folder.resolve("run");
    String size = "data.imageSize=" + SIZE;
    Object[] words = {
      "train",
      recipe,
      "--no-ui",
      "--run",
      run,
      "--set",
      size,
      "--set",
      "evaluation.calibration=temperature",
      "--set",
      "training.epochs=1"
    };
    CliResult training = CliResult.of(words);
    assertEquals(0, training.exitCode(), training.err());
    file = folder.resolve("model.onnx");
    export(file);
  }

  private static void export(Path to) {
    CliResult result = CliResult.of("export", "--run", run, to);
    assertEquals(0, result.exitCode(), result.err());
    assertTrue(result.out().startsWith(to + ": "), result.out());
  }

  private static List<Path> test() throws IOException {
    try (Stream<Path> files = Files.walk(images.resolve("test"))) {
      return files.filter(Files::isRegularFile).sorted().toList();
    }
  }

  private static List<Double> predicted(List<Path> files) throws IOException {
    Object[] words =
        Stream.concat(Stream.of("predict", "--run", run, "--json"), files.stream()).toArray();
    CliResult said = CliResult.of(words);
    assertEquals(0, said.exitCode(), said.err());
    List<Double> probabilities = new ArrayList<>();
    for (String line : said.out().lines().toList()) {
      probabilities.add(
          new ObjectMapper().readTree(line).at("/probabilities/PNEUMONIA").asDouble());
    }
    return probabilities;
  }

  @Test
  void itSaysWhatPredictSays() throws IOException, OrtException {
    List<Path> files = test();
    FloatBuffer pixels = FloatBuffer.allocate(files.size() * 3 * SIZE * SIZE);
    for (Path image : files) {
      ImagePipeline.plain(SIZE).read(image, pixels);
    }
    INDArray batch = Nd4j.createFromArray(pixels.array()).reshape('c', files.size(), 3, SIZE, SIZE);
    List<Double> expected = predicted(files);
    Files.writeString(file, "an older file");
    export(file);
    try (OnnxRuntime runtime = new OnnxRuntime(file)) {
      float[][] answers = runtime.probabilities(batch);
      for (int i = 0; i < answers.length; i++) {
        assertEquals(expected.get(i), answers[i][1], 1e-5);
      }
    }
  }

  @Test
  void textsTellHowToUseIt() throws IOException, OrtException {
    JsonNode point =
        new ObjectMapper().readTree(Files.readString(RunDirectory.open(run).decision()));
    try (OnnxRuntime runtime = new OnnxRuntime(file)) {
      Map<String, String> texts = runtime.metadata();
      assertEquals("[\"NORMAL\",\"PNEUMONIA\"]", texts.get("labels"));
      assertEquals("PNEUMONIA", texts.get("positive_class"));
      assertEquals(point.get("threshold").asDouble(), Double.parseDouble(texts.get("threshold")));
      assertEquals(point.get("conformal"), new ObjectMapper().readTree(texts.get("conformal")));
      assertEquals(String.valueOf(SIZE), texts.get("image_size"));
      assertEquals(Version.PNEUMA, texts.get("pneuma_version"));
      assertEquals(Digest.sha256(RunDirectory.open(run).model()), texts.get("model_sha256"));
      String none = "none: trained from random weights";
      assertEquals(
          "{\"resnet18\":\"" + none + "\",\"squeezenet1_1\":\"" + none + "\"}",
          texts.get("weights_licence"));
      assertFalse(texts.toString().contains(folder.toString()), texts.toString());
    }
  }

  @Test
  void itIsWrittenWhereItsNameSaysWhatItIs() {
    for (Path wrong : List.of(folder.resolve("model.pt2"), folder.resolve("no/model.onnx"))) {
      CliResult result = CliResult.of("export", "--run", run, wrong);
      assertEquals(2, result.exitCode());
      assertFalse(Files.exists(wrong));
    }
  }

  private static String client(String language) throws IOException {
    String page = Files.readString(Verb.home().resolve("docs/onnx.md"));
    Matcher code = Pattern.compile("(?s)```" + language + "\n(.*?)```").matcher(page);
    assertTrue(code.find(), language);
    return code.group(1);
  }

  private static String output(List<String> words) throws IOException, InterruptedException {
    Path said = folder.resolve("said");
    Process process =
        new ProcessBuilder(words).redirectErrorStream(true).redirectOutput(said.toFile()).start();
    assertEquals(0, process.waitFor(), Files.readString(said, StandardCharsets.UTF_8));
    return Files.readString(said, StandardCharsets.UTF_8);
  }

  @Test
  void theJavaClientSaysWhatPredictSays() throws IOException, InterruptedException {
    Path large = larger();
    Path source = folder.resolve("Client.java");
    Files.writeString(source, client("java"));
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    String classes = System.getProperty("java.class.path");
    String said =
        output(List.of(java, "-cp", classes, source.toString(), file.toString(), large.toString()));
    Matcher answer = Pattern.compile("\\[[0-9.]+, ([0-9.]+)]\\s*$").matcher(said);
    assertTrue(answer.find(), said);
    assertEquals(predicted(List.of(large)).get(0), Double.parseDouble(answer.group(1)), 1e-5);
  }

  /** Up to the call of ONNX Runtime, which is not to be had for Debian's Python. */
  @Test
  void thePythonClientAsksAsItShould() throws IOException, InterruptedException, OrtException {
    Path python = Path.of("/usr/bin/python3");
    assumeTrue(Files.isExecutable(python), "there is no Python on this machine");
    assumeTrue(
        new ProcessBuilder(python.toString(), "-c", "import numpy, PIL").start().waitFor() == 0,
        "Python has no NumPy or Pillow on this machine");
    Path stub = Files.createDirectories(folder.resolve("stub"));
    Files.writeString(
        stub.resolve("onnxruntime.py"),
        """
        import numpy
        class InferenceSession:
            def __init__(self, file):
                self.custom_metadata_map = {"image_size": "%d", "labels": '["NORMAL", "PNEUMONIA"]'}
            def get_modelmeta(self):
                return self
            def run(self, outputs, inputs):
                assert outputs is None and list(inputs) == ["images"]
                assert inputs["images"].dtype == numpy.float32
                assert inputs["images"].shape == (1, 3, %d, %d)
                inputs["images"].astype("<f4").tofile(r"%s")
                return [numpy.float32([[0.25, 0.75]])]
        """
            .formatted(SIZE, SIZE, SIZE, folder.resolve("pixels")));
    Path source = stub.resolve("client.py");
    Files.writeString(source, client("python"));
    Path large = larger();
    String said = output(List.of(python.toString(), source.toString(), "model", large.toString()));
    assertEquals("{'NORMAL': 0.25, 'PNEUMONIA': 0.75}", said.strip());
    FloatBuffer asked =
        ByteBuffer.wrap(Files.readAllBytes(folder.resolve("pixels")))
            .order(ByteOrder.LITTLE_ENDIAN)
            .asFloatBuffer();
    float[] pixels = new float[3 * SIZE * SIZE];
    asked.get(pixels);
    FloatBuffer expected = FloatBuffer.allocate(pixels.length);
    ImagePipeline.plain(SIZE).read(large, expected);
    List<Integer> different = new ArrayList<>();
    for (int i = 0; i < pixels.length; i++) {
      if (Math.abs(pixels[i] - expected.get(i)) > 1e-6) {
        different.add(i);
      }
    }
    assertEquals(List.of(), different);
  }

  /** An image in colour that must shrink in both directions, by no whole numbers. */
  private static Path larger() throws IOException {
    var picture =
        new java.awt.image.BufferedImage(97, 131, java.awt.image.BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < 131; y++) {
      for (int x = 0; x < 97; x++) {
        picture.setRGB(x, y, (x * 7919 + y * 104729) * 2654435 & 0xFFFFFF);
      }
    }
    Path image = folder.resolve("larger.png");
    ImageIO.write(picture, "png", image.toFile());
    return image;
  }
}
