package io.pneuma.bench;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** Features by ONNX Runtime: threads within one session, or a session for each core. */
final class OnnxFeatures implements FeatureTask.Way {
  private final int batch;
  private final List<OrtSession> sessions = new ArrayList<>();
  private final List<OnnxTensor> batches = new ArrayList<>();
  private final boolean together;
  private final float[][] features;

  private OnnxFeatures(Path model, int batch, boolean together) {
    this.batch = batch;
    this.together = together;
    this.features = new float[FeatureTask.IMAGES / batch][];
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    int cores = Machine.cores();
    try (SessionOptions options = new SessionOptions()) {
      options.setOptimizationLevel(SessionOptions.OptLevel.ALL_OPT);
      options.setIntraOpNumThreads(together ? cores : 1);
      for (int i = 0; i < (together ? 1 : cores); i++) {
        sessions.add(environment.createSession(model.toString(), options));
      }
      FloatBuffer images = direct(Noise.of(5, FeatureTask.IMAGES * FeatureTask.IMAGE_FLOATS));
      int floats = batch * FeatureTask.IMAGE_FLOATS;
      for (int at = 0; at < images.capacity(); at += floats) {
        long[] shape = {batch, 3, FeatureTask.SIZE, FeatureTask.SIZE};
        batches.add(OnnxTensor.createTensor(environment, images.slice(at, floats), shape));
      }
    } catch (OrtException e) {
      throw new IllegalStateException(model.toString(), e);
    }
  }

  /** Arguments: the network or trio, the folder of models. */
  static Task start(List<String> arguments) {
    List<List<Supplier<FeatureTask.Way>>> networks = new ArrayList<>();
    for (String name : Recipes.networks(arguments.get(0))) {
      Path model = Path.of(arguments.get(1), name + ".onnx");
      List<Supplier<FeatureTask.Way>> ways = new ArrayList<>();
      for (int batch : new int[] {1, 8, 16}) {
        ways.add(() -> new OnnxFeatures(model, batch, true));
      }
      for (int batch : new int[] {1, 8}) {
        ways.add(() -> new OnnxFeatures(model, batch, false));
      }
      networks.add(ways);
    }
    return FeatureTask.of(networks);
  }

  private static FloatBuffer direct(float[] values) {
    FloatBuffer buffer =
        ByteBuffer.allocateDirect(values.length * Float.BYTES)
            .order(ByteOrder.nativeOrder())
            .asFloatBuffer();
    return buffer.put(values).flip();
  }

  @Override
  public String setup() {
    return "batch "
        + batch
        + (together ? ", " + Machine.cores() + " threads" : ", a session for each core");
  }

  @Override
  public float[] features() {
    if (together) {
      IntStream.range(0, batches.size()).forEach(i -> run(sessions.get(0), i));
    } else {
      features(1);
    }
    int width = features[0].length;
    float[] all = new float[features.length * width];
    for (int i = 0; i < features.length; i++) {
      System.arraycopy(features[i], 0, all, i * width, width);
    }
    return all;
  }

  @Override
  public void features(int times) {
    if (together) {
      FeatureTask.Way.super.features(times);
      return;
    }
    AtomicInteger next = new AtomicInteger();
    int end = times * batches.size();
    sessions.parallelStream()
        .forEach(
            session -> {
              for (int i = next.getAndIncrement(); i < end; i = next.getAndIncrement()) {
                run(session, i % batches.size());
              }
            });
  }

  @Override
  public boolean isSideBySide() {
    return !together;
  }

  private void run(OrtSession session, int index) {
    try (OrtSession.Result result = session.run(Map.of("images", batches.get(index)))) {
      FloatBuffer values = ((OnnxTensor) result.get(0)).getFloatBuffer();
      features[index] = new float[values.remaining()];
      values.get(features[index]);
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    batches.forEach(OnnxTensor::close);
    for (OrtSession session : sessions) {
      try {
        session.close();
      } catch (OrtException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
