package io.pneuma.bench;

import io.pneuma.graphfiles.ModelFile;
import io.pneuma.network.FusionNetwork;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Writes the head of a trained trio for the peer that predicts: raw floats, as torch has them. */
final class HeadExport {
  private HeadExport() {}

  /** Arguments: the run's model, the file to write. */
  public static void main(String[] args) throws IOException {
    Machine.start();
    ComputationGraph network = ModelFile.read(Path.of(args[0]));
    try (OutputStream out = new DataOutputStream(Files.newOutputStream(Path.of(args[1])))) {
      for (String name : Recipes.TRIO) {
        Layer embedding = network.getLayer("embedding/" + name);
        write(out, embedding.getParam("W").transpose());
        write(out, embedding.getParam("b"));
      }
      Layer attention = network.getLayer("attention");
      write(out, attention.getParam("W1").transpose());
      write(out, attention.getParam("W2").transpose());
      write(out, network.getLayer(FusionNetwork.OUTPUT).getParam("W").transpose());
      write(out, network.getLayer(FusionNetwork.OUTPUT).getParam("b"));
    }
  }

  private static void write(OutputStream out, INDArray values) throws IOException {
    float[] floats = values.dup('c').data().asFloat();
    ByteBuffer bytes =
        ByteBuffer.allocate(floats.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(floats);
    out.write(bytes.array());
  }
}
