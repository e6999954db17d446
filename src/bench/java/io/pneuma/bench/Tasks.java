package io.pneuma.bench;

import java.util.List;
import java.util.Map;

/** The tasks that a {@link Worker} knows. */
final class Tasks {
  private static final Map<String, Start> ALL =
      Map.ofEntries(
          Map.entry("pneuma.features", PneumaFeatures::start),
          Map.entry("onnx.features", OnnxFeatures::start),
          Map.entry("torch.features", TorchFeatures::start),
          Map.entry("pneuma.finetune", PneumaSteps::fineTuning),
          Map.entry("pneuma.head", PneumaSteps::head),
          Map.entry("torch.step", TorchStep::start),
          Map.entry("pneuma.decode", PneumaDecode::start),
          Map.entry("pneuma.bank", PneumaBank::open));

  private Tasks() {}

  /** Makes a task from a child's arguments. */
  @FunctionalInterface
  interface Start {
    Task start(List<String> arguments) throws Exception;
  }

  static Start named(String name) {
    Start start = ALL.get(name);
    if (start == null) {
      throw new IllegalArgumentException("no task " + name + "; known: " + ALL.keySet());
    }
    return start;
  }
}
