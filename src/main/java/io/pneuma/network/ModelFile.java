package io.pneuma.network;

import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.util.ModelSerializer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A graph in one zip file, in Deeplearning4j's own layout with texts beside it, so that {@link
 * ModelSerializer} reads it too. Written here because parameters do not compress, and trying to
 * takes longer than training an epoch.
 */
public final class ModelFile {
  private ModelFile() {}

  /**
   * Writes a graph.
   *
   * @param withUpdater whether Adam's moments go along, to train on
   * @param texts further entries by name
   */
  public static void write(
      ComputationGraph graph, Path file, boolean withUpdater, Map<String, String> texts)
      throws IOException {
    try (OutputStream out = Files.newOutputStream(file);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      zip.setLevel(Deflater.NO_COMPRESSION);
      text(zip, ModelSerializer.CONFIGURATION_JSON, graph.getConfiguration().toJson());
      array(zip, ModelSerializer.COEFFICIENTS_BIN, graph.params());
      INDArray updater = withUpdater ? graph.getUpdater().getStateViewArray() : null;
      if (updater != null && !updater.isEmpty()) {
        array(zip, ModelSerializer.UPDATER_BIN, updater);
      }
      for (Map.Entry<String, String> entry : texts.entrySet()) {
        text(zip, entry.getKey(), entry.getValue());
      }
    }
  }

  private static void text(ZipOutputStream zip, String name, String text) throws IOException {
    zip.putNextEntry(new ZipEntry(name));
    zip.write(text.getBytes(StandardCharsets.UTF_8));
    zip.closeEntry();
  }

  private static void array(ZipOutputStream zip, String name, INDArray array) throws IOException {
    zip.putNextEntry(new ZipEntry(name));
    DataOutputStream data = new DataOutputStream(zip);
    Nd4j.write(array, data);
    data.flush();
    zip.closeEntry();
  }

  /**
   * Reads a graph, with Adam's moments where they were written.
   *
   * @throws IOException when the file is missing or is not such a file, naming it
   */
  public static ComputationGraph read(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new IOException(file + ": there is no such file; the run has not come so far");
    }
    try (ZipFile zip = new ZipFile(file.toFile())) {
      // Deeplearning4j would deserialise this entry, and so run whatever it says.
      if (zip.getEntry("preprocessor.bin") != null) {
        throw new IOException("it has an entry preprocessor.bin, which no run writes");
      }
      return ModelSerializer.restoreComputationGraph(file.toFile(), true);
    } catch (IOException | RuntimeException e) {
      throw new IOException(file + ": is not a saved network: " + e.getMessage(), e);
    }
  }

  /** Reads one of the texts. */
  public static String readText(Path file, String name) throws IOException {
    try (ZipFile zip = new ZipFile(file.toFile())) {
      ZipEntry entry = zip.getEntry(name);
      if (entry == null) {
        throw new IOException(file + ": has no entry " + name);
      }
      return new String(zip.getInputStream(entry).readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
