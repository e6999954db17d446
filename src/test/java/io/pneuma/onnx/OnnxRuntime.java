package io.pneuma.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What ONNX Runtime makes of an exported network. */
public final class OnnxRuntime implements AutoCloseable {
  private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
  private final OrtSession session;

  /** Loads a file. */
  public OnnxRuntime(Path file) throws OrtException {
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(1);
      session = environment.createSession(file.toString(), options);
    }
  }

  /** The probabilities of some images, N x 3 x S x S. */
  public float[][] probabilities(INDArray images) throws OrtException {
    FloatBuffer pixels = FloatBuffer.wrap(images.dup('c').data().asFloat());
    try (OnnxTensor input = OnnxTensor.createTensor(environment, pixels, images.shape());
        OrtSession.Result result = session.run(Map.of("images", input))) {
      return (float[][]) result.get("probabilities").orElseThrow().getValue();
    }
  }

  /** The texts that go along. */
  public Map<String, String> metadata() throws OrtException {
    return session.getMetadata().getCustomMetadata();
  }

  @Override
  public void close() throws OrtException {
    session.close();
  }
}
