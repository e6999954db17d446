package io.pneuma.backprop;

import io.pneuma.computation.Network;
import io.pneuma.computation.UnsupportedLayerException;
import io.pneuma.onednn.NativeBlock;
import io.pneuma.onednn.OneDnn;
import io.pneuma.platform.Threads;
import java.util.HashMap;
import java.util.Map;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.deeplearning4j.nn.graph.ComputationGraph;

/**
 * One backbone of a graph that learns: forward in training mode, and back to the gradients of its
 * parameters. It reads the parameters where the graph has them at each step, but those of frozen
 * layers only once.
 */
final class BackboneStep implements AutoCloseable {
  private final OneDnn oneDnn;
  private final Threads threads;
  private final ComputationGraph graph;
  private final SplitBackbone split;
  private final Map<Integer, Plan> plans = new HashMap<>(); // By the number of images.
  private NativeBlock block; // Of the plans, which run one at a time.
  private long blockBytes;

  /**
   * A step of one backbone.
   *
   * @param backbone a part of the graph, from images B x 3 x H x W to features B x C
   * @throws UnsupportedLayerException when one of its layers is not known here
   */
  BackboneStep(OneDnn oneDnn, Threads threads, ComputationGraph graph, Network backbone) {
    this.oneDnn = oneDnn;
    this.threads = threads;
    this.graph = graph;
    this.split = SplitBackbone.of(graph, backbone);
  }

  private Plan plan(int rows) {
    Plan known = plans.get(rows);
    if (known != null) {
      return known;
    }
    Plan plan = new Plan(oneDnn, threads, graph, split, rows);
    if (plan.bytes() > blockBytes) {
      close();
      blockBytes = plan.bytes();
      block = new NativeBlock(blockBytes);
    }
    plan.bind(block);
    plans.put(rows, plan);
    return plan;
  }

  /**
   * Computes features as training sees them: with the batch's own statistics.
   *
   * @param pixels B x 3 x H x W
   * @return B x C, valid until the next call
   */
  FloatPointer forward(Pointer pixels, int rows) {
    return plan(rows).forward(pixels);
  }

  /**
   * Writes the gradients of all parameters that learn, summed over the batch, and the updates of
   * the running statistics into the graph's array of gradients.
   *
   * @param featuresGradient with respect to what {@link #forward} gave last, B x C
   */
  void backward(Pointer featuresGradient, int rows) {
    plan(rows).backward(featuresGradient);
  }

  /** Bytes of the memory for feature maps, their gradients and oneDNN's weights. */
  long bytes() {
    return blockBytes;
  }

  @Override
  public void close() {
    plans.values().forEach(Plan::close);
    plans.clear();
    if (block != null) {
      block.close();
      block = null;
      blockBytes = 0;
    }
  }
}
