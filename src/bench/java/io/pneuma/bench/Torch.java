package io.pneuma.bench;

import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.training.ParameterStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** A program of TorchScript on libtorch, through DJL. */
final class Torch implements AutoCloseable {
  private static final String ENGINE = "PyTorch";

  private final Model model;
  private final Block block;
  private final ParameterStore parameters;
  private final boolean training;

  /**
   * Loads a program.
   *
   * @param training whether it takes gradients
   */
  Torch(Path folder, String file, boolean training) {
    System.setProperty("ai.djl.pytorch.num_threads", String.valueOf(Machine.cores()));
    this.training = training;
    model = Model.newInstance(file, ENGINE);
    try {
      model.load(folder, file, Map.of("trainParam", String.valueOf(training)));
    } catch (IOException | MalformedModelException e) {
      throw new IllegalStateException(file, e);
    }
    block = model.getBlock();
    parameters = new ParameterStore(model.getNDManager(), false);
    if (training) {
      JniUtils.enableTrainingMode((PtSymbolBlock) block); // It is loaded for inference.
      gradients();
    }
  }

  /** Switches them on for this thread, for as long as it lives. */
  @SuppressWarnings("resource")
  private static void gradients() {
    Engine.getEngine(ENGINE).newGradientCollector();
  }

  NDManager manager() {
    return model.getNDManager();
  }

  /** The first output, as floats. */
  float[] run(NDList inputs) {
    try (NDManager round = manager().newSubManager()) {
      NDList outputs = block.forward(parameters, new NDList(inputs), training);
      outputs.attach(round);
      return outputs.get(0).toFloatArray();
    }
  }

  @Override
  public void close() {
    model.close();
  }
}
