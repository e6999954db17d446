package io.pneuma.bench;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Training steps by libtorch: a program that does a whole step of Adam. */
final class TorchStep implements Task {
  private final Torch torch;
  private final List<NDList> batches = new ArrayList<>();
  private final int checked;
  private int next;

  private TorchStep(Torch torch, Batches kind) {
    this.torch = torch;
    this.checked = kind.checked();
    NDManager manager = torch.manager();
    for (int i = 0; i < kind.count(); i++) {
      NDList batch = new NDList();
      for (int input = 0; input < kind.shapes().size(); input++) {
        batch.add(manager.create(kind.values(i, input), new Shape(kind.shapes().get(input))));
      }
      long[] labels = new long[kind.size()];
      for (int row = 0; row < labels.length; row++) {
        labels[row] = kind.label(row);
      }
      NDArray truth = manager.create(labels);
      batch.add(truth);
      batches.add(batch);
    }
  }

  /** Arguments: finetune or head, the network or the attention, the folder of models. */
  static Task start(List<String> arguments) {
    Torch torch = new Torch(Path.of(arguments.get(2)), arguments.get(1) + ".step", true);
    return new TorchStep(torch, Batches.of(arguments.get(0)));
  }

  @Override
  public String setup() {
    return "one program a step, fused Adam, " + Machine.cores() + " threads";
  }

  @Override
  public double[] check() {
    double[] losses = new double[checked];
    for (int i = 0; i < losses.length; i++) {
      losses[i] = step();
    }
    return losses;
  }

  @Override
  public int run() {
    step();
    return 1;
  }

  private float step() {
    return torch.run(batches.get(next++ % batches.size()))[0];
  }

  @Override
  public void close() {
    torch.close();
  }
}
