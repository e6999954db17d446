package io.pneuma.backbone;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.graphfiles.GraphFile;
import io.pneuma.graphfiles.KerasFile;
import io.pneuma.weights.WeightsException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.learning.config.NoOp;

/** Files of graphs, broken in many ways: each is read, or refused with a WeightsException. */
class BrokenGraphsTest {
  private static final int MUTANTS = 300;

  @TempDir Path folder;
  private Path file;
  private ComputationGraph graph;

  @BeforeEach
  void saveAGraph() throws IOException {
    var builder = Backbone.graph(new NoOp(), 1).addInputs("image");
    builder.addLayer("conv", new ConvolutionLayer.Builder(3, 3).nOut(4).build(), "image");
    builder.addLayer("norm", new BatchNormalization(), "conv");
    builder.addLayer("out", new OutputLayer.Builder().nOut(2).build(), "norm");
    builder.setOutputs("out").setInputTypes(InputType.convolutional(6, 6, 3));
    graph = new ComputationGraph(builder.build());
    graph.init();
    file = folder.resolve("graph.zip");
    ModelSerializer.writeModel(graph, file.toFile(), false);
  }

  private Map<String, byte[]> entries() throws IOException {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    try (ZipFile zip = new ZipFile(file.toFile())) {
      for (ZipEntry entry : java.util.Collections.list(zip.entries())) {
        entries.put(entry.getName(), zip.getInputStream(entry).readAllBytes());
      }
    }
    return entries;
  }

  private Path write(Map<String, byte[]> entries) throws IOException {
    Path changed = folder.resolve("changed.zip");
    try (OutputStream out = Files.newOutputStream(changed);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        zip.putNextEntry(new ZipEntry(entry.getKey()));
        zip.write(entry.getValue());
        zip.closeEntry();
      }
    }
    return changed;
  }

  /** Flips, overwrites, cuts, or writes a huge or negative number, mostly near the start. */
  private static byte[] mutate(byte[] bytes, Random random) {
    byte[] mutant = bytes.clone();
    int range = random.nextBoolean() ? Math.min(mutant.length, 2000) : mutant.length;
    for (int n = random.nextInt(3); n >= 0; n--) {
      int place = random.nextInt(range);
      switch (random.nextInt(5)) {
        case 0 -> mutant[place] ^= (byte) (1 << random.nextInt(8));
        case 1 -> mutant[place] = (byte) random.nextInt(256);
        case 2 -> Arrays.fill(mutant, place, Math.min(place + 8, mutant.length), (byte) 0xFF);
        case 3 ->
            Arrays.fill(mutant, place, Math.min(place + 4, mutant.length), (byte) random.nextInt());
        default -> mutant = random.nextInt(4) == 0 ? Arrays.copyOf(mutant, place + 1) : mutant;
      }
      range = Math.min(range, mutant.length);
    }
    return mutant;
  }

  private interface Read {
    void of(Path file) throws WeightsException;
  }

  private static int refused(Path mutant, Read read) {
    try {
      read.of(mutant);
      return 0;
    } catch (WeightsException e) {
      assertTrue(e.getMessage().startsWith(mutant.toString()), e.getMessage());
      return 1;
    }
  }

  @Test
  void aBrokenZipIsRefused() throws IOException {
    byte[] whole = Files.readAllBytes(file);
    Path mutant = folder.resolve("mutant.zip");
    Random random = new Random(1);
    int refused = 0;
    for (int i = 0; i < MUTANTS; i++) {
      Files.write(mutant, mutate(whole, random));
      refused += refused(mutant, f -> Pretrained.open(f, false).fit(new SqueezeNet11()));
    }
    assertTrue(refused == MUTANTS, refused + " refused"); // None holds a backbone.
  }

  @ParameterizedTest
  @ValueSource(strings = {ModelSerializer.CONFIGURATION_JSON, ModelSerializer.COEFFICIENTS_BIN})
  void aWholeZipWithABrokenEntryIsReadOrRefused(String name) throws IOException {
    Map<String, byte[]> entries = entries();
    byte[] whole = entries.get(name);
    Random random = new Random(2);
    int refused = 0;
    for (int i = 0; i < MUTANTS; i++) {
      entries.put(name, mutate(whole, random));
      refused += refused(write(entries), GraphFile::read);
    }
    assertTrue(refused > MUTANTS / 10, refused + " refused");
  }

  @ParameterizedTest
  @ValueSource(strings = {"sequential.h5", "functional.h5"})
  void aBrokenHdf5FileIsReadOrRefused(String name) throws IOException {
    byte[] whole = Files.readAllBytes(KerasFileTest.resource(name));
    Path mutant = folder.resolve("mutant.h5");
    Random random = new Random(3);
    int refused = 0;
    for (int i = 0; i < MUTANTS; i++) {
      Files.write(mutant, mutate(whole, random));
      refused += refused(mutant, KerasFile::read);
    }
    assertTrue(refused > MUTANTS / 10, refused + " refused");
  }

  @Test
  void moreParametersThanTheFileHoldsAreNotAllocated() throws IOException {
    Map<String, byte[]> entries = entries();
    String json = new String(entries.get(ModelSerializer.CONFIGURATION_JSON), UTF_8);
    entries.put(
        ModelSerializer.CONFIGURATION_JSON,
        json.replaceAll("\"nout\" : 4", "\"nout\" : 400000000000").getBytes(UTF_8));
    String message = message(write(entries));
    assertTrue(message.contains("but its layers have"), message);
  }

  @Test
  void nothingInTheFileIsDeserialised() throws IOException {
    Map<String, byte[]> entries = entries();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(new Trap());
    }
    entries.put(ModelSerializer.PREPROCESSOR_BIN, bytes.toByteArray());
    entries.put(ModelSerializer.NORMALIZER_BIN, bytes.toByteArray());
    assertTrue(GraphFile.read(write(entries)).params().equals(graph.params()));
    assertFalse(Trap.sprung);
  }

  private static final class Trap implements Serializable {
    private static final long serialVersionUID = 1;
    private static boolean sprung;

    private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
      in.defaultReadObject();
      sprung = true;
    }
  }

  @Test
  void aSequenceOfLayersBecomesAGraph() throws IOException {
    var configuration =
        new NeuralNetConfiguration.Builder()
            .updater(new NoOp())
            .list(
                new ConvolutionLayer.Builder(3, 3).nOut(4).build(),
                new OutputLayer.Builder().nOut(2).build())
            .setInputType(InputType.convolutional(6, 6, 3))
            .build();
    MultiLayerNetwork sequence = new MultiLayerNetwork(configuration);
    sequence.init();
    ModelSerializer.writeModel(sequence, file.toFile(), false);
    var images = FormulaWeights.images(2, 6);
    assertTrue(sequence.output(images).equals(GraphFile.read(file).outputSingle(images)));
  }

  private static String message(Path broken) {
    return assertThrows(WeightsException.class, () -> GraphFile.read(broken)).getMessage();
  }
}
