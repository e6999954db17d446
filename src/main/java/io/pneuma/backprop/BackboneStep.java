package io.pneuma.backprop;

import io.pneuma.inference.GraphReader;
import io.pneuma.inference.NativeBlock;
import io.pneuma.inference.Network;
import io.pneuma.inference.OneDnn;
import io.pneuma.inference.Shape;
import io.pneuma.inference.UnsupportedLayerException;
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
  private final ComputationGraph graph;
  private final SplitBackbone split;
  private final Map<Integer, Plan> plans = new HashMap<>(); // By the number of images.
  private NativeBlock block; // Of the plans, which run one at a time.
  private long blockBytes;

  private BackboneStep(OneDnn oneDnn, ComputationGraph graph, SplitBackbone split) {
    this.oneDnn = oneDnn;
    this.graph = graph;
    this.split = split;
  }

  /**
   * Compiles the part of a graph from one vertex to another.
   *
   * @param input name of the images' vertex, B x 3 x H x W
   * @param image shape of an image
   * @param features name of the features' vertex, B x C
   * @param batch images that a step mostly has
   * @throws UnsupportedLayerException when a layer between the two is not known here
   */
  static BackboneStep of(
      OneDnn oneDnn,
      ComputationGraph graph,
      String input,
      Shape image,
      String features,
      int batch) {
    if (graph.getGradientsViewArray() == null) {
      graph.initGradientsView();
    }
    Network network = GraphReader.read(graph, input, image, features);
    BackboneStep step = new BackboneStep(oneDnn, graph, SplitBackbone.of(graph, network));
    try {
      step.plan(batch);
      return step;
    } catch (RuntimeException | Error e) {
      step.close();
      throw e;
    }
  }

  private Plan plan(int rows) {
    Plan known = plans.get(rows);
    if (known != null) {
      return known;
    }
    Plan plan = new Plan(oneDnn, graph, split, rows);
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
