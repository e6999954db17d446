package io.pneuma.graphfiles;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pneuma.weights.Problems;
import io.pneuma.weights.WeightsException;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A zip file that Deeplearning4j has saved a network in. Read here and not by {@link
 * ModelSerializer}, which lets Java deserialise any object out of an entry {@code
 * preprocessor.bin}, and believes lengths and strides as the file states them. Only the
 * configuration and the parameters are looked at, each against its checksum.
 */
public final class GraphFile {
  private static final int LONGEST_CONFIGURATION = 32 << 20;

  private GraphFile() {}

  /** Whether this is such a file, or a broken one. */
  public static boolean isGraph(Path file) {
    if (!Files.isRegularFile(file)) {
      return false;
    }
    try (ZipFile zip = new ZipFile(file.toFile())) {
      return zip.getEntry(ModelSerializer.CONFIGURATION_JSON) != null;
    } catch (IOException | IllegalArgumentException e) {
      return false; // No zip file, or a broken one: the readers of tensors will say which.
    }
  }

  /**
   * The network in the file, its parameters as floats.
   *
   * @throws WeightsException when it is broken, or is no such file
   */
  public static ComputationGraph read(Path file) throws WeightsException {
    try (ZipFile zip = new ZipFile(file.toFile())) {
      String json =
          new String(
              whole(zip, entry(zip, ModelSerializer.CONFIGURATION_JSON)), StandardCharsets.UTF_8);
      // Parsed here first for its limits on depth and length, which Deeplearning4j's parser lacks.
      JsonNode parsed = new ObjectMapper().readTree(json);
      ZipEntry parameters = entry(zip, ModelSerializer.COEFFICIENTS_BIN);
      return parsed.has("confs")
          ? sequence(MultiLayerConfiguration.fromJson(json), zip, parameters)
          : graph(ComputationGraphConfiguration.fromJson(json), zip, parameters);
    } catch (JsonProcessingException e) {
      throw broken(file, e.getOriginalMessage(), e);
    } catch (IOException | RuntimeException e) {
      throw broken(file, e.getMessage(), e);
    }
  }

  static Optional<INDArray> readArray(Path file, String name, long expected)
      throws WeightsException {
    try (ZipFile zip = new ZipFile(file.toFile())) {
      ZipEntry entry = zip.getEntry(name);
      return entry == null ? Optional.empty() : Optional.of(parameters(zip, entry, expected));
    } catch (IOException | RuntimeException e) {
      throw broken(file, e.getMessage(), e);
    }
  }

  /**
   * The network in the file with what its updater remembers, where the file holds that.
   *
   * @throws WeightsException when it is broken, or is no such file
   */
  public static ComputationGraph readWithUpdater(Path file) throws WeightsException {
    ComputationGraph graph = read(file);
    try (ZipFile zip = new ZipFile(file.toFile())) {
      ZipEntry entry = zip.getEntry(ModelSerializer.UPDATER_BIN);
      if (entry != null) {
        long expected = graph.getUpdater().getStateViewArray().length();
        graph.getUpdater().setStateViewArray(parameters(zip, entry, expected));
      }
      return graph;
    } catch (IOException | RuntimeException e) {
      throw broken(file, e.getMessage(), e);
    }
  }

  private static WeightsException broken(Path file, String message, Exception cause) {
    return new WeightsException(
        file, "holds no network that Deeplearning4j can read: " + Problems.brief(message), cause);
  }

  private static ComputationGraph graph(
      ComputationGraphConfiguration configuration, ZipFile zip, ZipEntry entry) throws IOException {
    long expected = 0;
    for (var vertex : configuration.getVertices().values()) {
      expected = Math.addExact(expected, vertex.numParams(true));
    }
    INDArray parameters = parameters(zip, entry, expected);
    configuration.setDataType(DataType.FLOAT);
    ComputationGraph graph = new ComputationGraph(configuration);
    graph.init(parameters, false);
    return graph;
  }

  private static ComputationGraph sequence(
      MultiLayerConfiguration configuration, ZipFile zip, ZipEntry entry) throws IOException {
    long expected = 0;
    for (var layer : configuration.getConfs()) {
      expected = Math.addExact(expected, layer.getLayer().initializer().numParams(layer));
    }
    INDArray parameters = parameters(zip, entry, expected);
    configuration.setDataType(DataType.FLOAT);
    MultiLayerNetwork network = new MultiLayerNetwork(configuration);
    network.init(parameters, false);
    return network.toComputationGraph();
  }

  private static INDArray parameters(ZipFile zip, ZipEntry entry, long expected)
      throws IOException {
    try (DataInputStream in =
        new DataInputStream(new BufferedInputStream(checked(zip, entry), 1 << 16))) {
      return SavedArray.read(in, expected, entry.getSize());
    }
  }

  private static byte[] whole(ZipFile zip, ZipEntry entry) throws IOException {
    try (InputStream in = checked(zip, entry)) {
      byte[] bytes = in.readNBytes(LONGEST_CONFIGURATION + 1);
      if (bytes.length > LONGEST_CONFIGURATION) {
        throw new IOException(entry.getName() + " is longer than 32 MiB");
      }
      return bytes;
    }
  }

  private static ZipEntry entry(ZipFile zip, String name) throws IOException {
    ZipEntry entry = zip.getEntry(name);
    if (entry == null) {
      throw new IOException("has no entry " + name);
    }
    return entry;
  }

  /** The entry's bytes; its end is refused unless they have the checksum that the zip states. */
  private static InputStream checked(ZipFile zip, ZipEntry entry) throws IOException {
    return new CheckedInputStream(zip.getInputStream(entry), new CRC32()) {
      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
      }

      @Override
      public int read(byte[] bytes, int offset, int length) throws IOException {
        int count = super.read(bytes, offset, length);
        if (count < 0 && getChecksum().getValue() != entry.getCrc()) {
          throw new IOException(entry.getName() + " does not have its checksum; copy it again");
        }
        return count;
      }
    };
  }
}
