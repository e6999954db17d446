package io.pneuma.graphfiles;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32;
import java.util.zip.CheckedOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.util.ModelSerializer;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A graph in one zip file, in Deeplearning4j's own layout with texts beside it, so that {@link
 * ModelSerializer} reads it too. Written and read here because parameters do not compress, and
 * Deeplearning4j's way costs a call for each of millions of numbers.
 */
public final class ModelFile {
  private ModelFile() {}

  /**
   * Writes a graph.
   *
   * @param withUpdater whether Adam's moments go along, to train on
   * @param entries further ones by name
   */
  public static void write(
      ComputationGraph graph, Path file, boolean withUpdater, Map<String, byte[]> entries)
      throws IOException {
    write(graph, file, withUpdater, entries, Map.of());
  }

  /**
   * Writes a graph.
   *
   * @param withUpdater whether Adam's moments go along, to train on
   * @param entries further ones by name
   * @param arrays further rows of numbers by name
   */
  public static void write(
      ComputationGraph graph,
      Path file,
      boolean withUpdater,
      Map<String, byte[]> entries,
      Map<String, INDArray> arrays)
      throws IOException {
    try (OutputStream out = Files.newOutputStream(file)) {
      write(graph, out, withUpdater, entries, arrays);
    }
  }

  /** Writes a graph to a stream, which it closes. */
  public static void write(
      ComputationGraph graph,
      OutputStream out,
      boolean withUpdater,
      Map<String, byte[]> entries,
      Map<String, INDArray> arrays)
      throws IOException {
    try (ZipOutputStream zip = new ZipOutputStream(out)) {
      // Not compressed at all, so that reading costs no more than copying.
      zip.setMethod(ZipOutputStream.STORED);
      byte[] configuration = graph.getConfiguration().toJson().getBytes(StandardCharsets.UTF_8);
      bytes(zip, ModelSerializer.CONFIGURATION_JSON, configuration);
      array(zip, ModelSerializer.COEFFICIENTS_BIN, graph.params());
      INDArray updater = withUpdater ? graph.getUpdater().getStateViewArray() : null;
      if (updater != null && !updater.isEmpty()) {
        array(zip, ModelSerializer.UPDATER_BIN, updater);
      }
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        bytes(zip, entry.getKey(), entry.getValue());
      }
      for (Map.Entry<String, INDArray> entry : arrays.entrySet()) {
        array(zip, entry.getKey(), entry.getValue());
      }
    }
  }

  private static void bytes(ZipOutputStream zip, String name, byte[] bytes) throws IOException {
    store(
        zip,
        name,
        out -> {
          out.write(bytes);
          return bytes.length;
        });
  }

  private static void array(ZipOutputStream zip, String name, INDArray array) throws IOException {
    INDArray row = array.isView() ? array.dup() : array;
    store(zip, name, out -> SavedArray.write(row, out));
  }

  /** Writes an entry's bytes, the same each time, and returns their number. */
  @FunctionalInterface
  private interface Content {
    long writeTo(OutputStream out) throws IOException;
  }

  /** A stored entry's header states length and checksum, so its bytes are gone through twice. */
  private static void store(ZipOutputStream zip, String name, Content content) throws IOException {
    CRC32 checksum = new CRC32();
    ZipEntry entry = new ZipEntry(name);
    entry.setSize(
        content.writeTo(new CheckedOutputStream(OutputStream.nullOutputStream(), checksum)));
    entry.setCrc(checksum.getValue());
    zip.putNextEntry(entry);
    content.writeTo(zip);
    zip.closeEntry();
  }

  /**
   * Reads a graph.
   *
   * @throws IOException when the file is missing or is not such a file, naming it
   */
  public static ComputationGraph read(Path file) throws IOException {
    requireFile(file);
    return GraphFile.read(file);
  }

  /**
   * Reads a graph with Adam's moments, to train on.
   *
   * @throws IOException when the file is missing or is not such a file, naming it
   */
  public static ComputationGraph readWithUpdater(Path file) throws IOException {
    requireFile(file);
    return GraphFile.readWithUpdater(file);
  }

  /**
   * Reads one of the further rows of numbers; empty where the file has none of that name.
   *
   * @param expected how many numbers
   * @throws IOException when the file is missing or broken, naming it
   */
  public static Optional<INDArray> readArray(Path file, String name, long expected)
      throws IOException {
    requireFile(file);
    return GraphFile.readArray(file, name, expected);
  }

  private static void requireFile(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new IOException(file + ": there is no such file; the run has not come so far");
    }
  }

  /**
   * Reads one of the texts.
   *
   * @throws IOException when the file is missing, is not such a file or has no such text, naming it
   */
  public static String readText(Path file, String name) throws IOException {
    return new String(readBytes(file, name), StandardCharsets.UTF_8);
  }

  /**
   * Reads one of the further entries.
   *
   * @throws IOException when the file is missing, is not such a file or has no such entry, naming
   *     it
   */
  public static byte[] readBytes(Path file, String name) throws IOException {
    requireFile(file);
    try (ZipFile zip = new ZipFile(file.toFile())) {
      ZipEntry entry = zip.getEntry(name);
      if (entry == null) {
        throw new IOException(
            file + ": has no entry " + name + ", so another version wrote it; train it anew");
      }
      return zip.getInputStream(entry).readAllBytes();
    } catch (ZipException e) {
      throw new IOException(file + ": is not a saved network: " + e.getMessage(), e);
    }
  }
}
