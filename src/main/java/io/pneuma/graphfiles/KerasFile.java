package io.pneuma.graphfiles;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.jhdf.HdfFile;
import io.jhdf.api.Attribute;
import io.jhdf.api.Dataset;
import io.jhdf.api.Group;
import io.jhdf.api.Node;
import io.pneuma.weights.Problems;
import io.pneuma.weights.WeightsException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.modelimport.keras.KerasLayer;
import org.deeplearning4j.nn.modelimport.keras.KerasModel;
import org.deeplearning4j.nn.modelimport.keras.KerasSequentialModel;
import org.deeplearning4j.nn.modelimport.keras.config.KerasModelConfiguration;
import org.deeplearning4j.nn.modelimport.keras.exceptions.InvalidKerasConfigurationException;
import org.deeplearning4j.nn.modelimport.keras.exceptions.UnsupportedKerasConfigurationException;
import org.deeplearning4j.nn.modelimport.keras.utils.KerasModelBuilder;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A network that Keras 2 wrote with {@code model.save("x.h5")}. Deeplearning4j's import makes the
 * graph; the HDF5 is read in Java, since Deeplearning4j's own reader hands native code buffers
 * whose sizes a hostile file can make too small.
 */
public final class KerasFile {
  private static final byte[] MAGIC = {(byte) 0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};
  private static final String WEIGHTS = "model_weights";

  /** The layers of image classifiers that Deeplearning4j imports; others can do more than that. */
  private static final Set<String> LAYERS =
      new TreeSet<>(
          Set.of(
              "Activation",
              "Add",
              "AveragePooling2D",
              "BatchNormalization",
              "Concatenate",
              "Conv2D",
              "Dense",
              "Dropout",
              "Flatten",
              "GlobalAveragePooling2D",
              "GlobalMaxPooling2D",
              "InputLayer",
              "MaxPooling2D",
              "ReLU",
              "SeparableConv2D",
              "ZeroPadding2D"));

  private KerasFile() {}

  /** Whether this is an HDF5 file. */
  public static boolean isHdf5(Path file) {
    if (!Files.isRegularFile(file)) {
      return false;
    }
    try (InputStream in = Files.newInputStream(file)) {
      return Arrays.equals(in.readNBytes(MAGIC.length), MAGIC);
    } catch (IOException e) {
      return false; // The readers of tensors will say why.
    }
  }

  /**
   * The network in the file; its layers may work on channels last.
   *
   * @throws WeightsException when it is broken, holds weights alone, or a layer that cannot be
   *     imported
   */
  public static ComputationGraph read(Path file) throws WeightsException {
    try (FileChannel channel = FileChannel.open(file);
        HdfFile hdf = HdfFile.fromByteBuffer(mapped(channel))) {
      KerasModel model = model(configuration(hdf));
      long expected = 0;
      for (var vertex : model.getComputationGraphConfiguration().getVertices().values()) {
        expected = Math.addExact(expected, vertex.numParams(true));
      }
      long found = 0;
      for (KerasLayer layer : model.getLayers().values()) {
        if (layer.getNumParams() > 0) {
          Map<String, INDArray> weights = weights(hdf, layer.getLayerName());
          for (INDArray array : weights.values()) {
            found += array.length();
          }
          layer.setWeights(weights);
        }
      }
      if (found != expected) {
        throw new IOException("its layers have " + expected + " weights, but it holds " + found);
      }
      return model.getComputationGraph(true);
    } catch (IOException
        | InvalidKerasConfigurationException
        | UnsupportedKerasConfigurationException
        | RuntimeException
        | StackOverflowError e) { // Groups of a broken file may hold each other.
      throw new WeightsException(
          file,
          "holds no Keras network that Deeplearning4j can import: "
              + Problems.brief(e.getMessage()),
          e);
    }
  }

  /** Of a buffer the HDF5 reader takes slices; of a file it would allocate what a length says. */
  private static ByteBuffer mapped(FileChannel channel) throws IOException {
    if (channel.size() > Integer.MAX_VALUE) {
      throw new IOException("it is larger than 2 GiB");
    }
    return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
  }

  private static ObjectNode configuration(HdfFile hdf) throws IOException {
    if (hdf.getAttribute("model_config") == null) {
      throw new IOException(
          "it has no model_config, so holds weights alone; save it with model.save(\"x.h5\")");
    }
    String version = text(hdf, "keras_version");
    if (!version.startsWith("2.")) {
      throw new IOException("it is of Keras " + version + "; expected 2.x");
    }
    // Parsed here first for its limits on depth and length, which Deeplearning4j's parser lacks.
    JsonNode parsed = new ObjectMapper().readTree(text(hdf, "model_config"));
    if (!(parsed instanceof ObjectNode configuration)) {
      throw new IOException("its model_config is no JSON object");
    }
    JsonNode inner = configuration.path("config");
    for (JsonNode layer : inner.isArray() ? inner : inner.path("layers")) {
      String kind = layer.path("class_name").asText();
      if (!LAYERS.contains(kind)) {
        throw new IOException(
            "it has a layer of class \"" + kind + "\"; can be: " + String.join(", ", LAYERS));
      }
    }
    configuration.put("keras_version", version);
    configuration.put("backend", text(hdf, "backend"));
    return configuration;
  }

  private static String text(HdfFile hdf, String name) throws IOException {
    Attribute attribute = hdf.getAttribute(name);
    if (attribute == null || !(attribute.getData() instanceof String text)) {
      throw new IOException("it has no attribute " + name + " of one text");
    }
    return text;
  }

  private static KerasModel model(ObjectNode configuration)
      throws IOException,
          InvalidKerasConfigurationException,
          UnsupportedKerasConfigurationException {
    KerasModelBuilder builder =
        new KerasModelBuilder(new KerasModelConfiguration()).modelJson(configuration.toString());
    return configuration.path("class_name").asText().equals("Sequential")
        ? new KerasSequentialModel(builder)
        : new KerasModel(builder);
  }

  /** A layer's weights by Keras's names, such as {@code kernel}. */
  private static Map<String, INDArray> weights(HdfFile hdf, String layer) throws IOException {
    Node node = hdf.getByPath(WEIGHTS + "/" + layer);
    if (!(node instanceof Group group)
        || group.getAttribute("weight_names") == null
        || !(group.getAttribute("weight_names").getData() instanceof String[] names)) {
      throw new IOException("it has no weights of layer " + layer);
    }
    Map<String, INDArray> weights = new HashMap<>();
    for (String name : names) {
      if (!(group.getByPath(name) instanceof Dataset dataset)) {
        throw new IOException("it has no dataset " + name + " of layer " + layer);
      }
      String last = name.substring(name.lastIndexOf('/') + 1);
      weights.put(last.replaceFirst(":\\d+$", ""), array(hdf, name, dataset));
    }
    return weights;
  }

  private static INDArray array(HdfFile hdf, String name, Dataset dataset) throws IOException {
    if (dataset.getSizeInBytes() < 1 || dataset.getSizeInBytes() > hdf.size()) {
      throw new IOException(name + " states more bytes than the file has");
    }
    long[] shape = Arrays.stream(dataset.getDimensions()).asLongStream().toArray();
    Object values = dataset.getDataFlat();
    if (values instanceof float[] floats) {
      return Nd4j.create(floats, shape, 'c');
    }
    if (values instanceof double[] doubles) {
      float[] floats = new float[doubles.length];
      for (int i = 0; i < floats.length; i++) {
        floats[i] = (float) doubles[i];
      }
      return Nd4j.create(floats, shape, 'c');
    }
    throw new IOException(name + " holds no floating-point numbers");
  }
}
