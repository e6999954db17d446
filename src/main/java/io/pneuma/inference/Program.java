package io.pneuma.inference;

import io.pneuma.computation.Layout;
import io.pneuma.computation.Network;
import io.pneuma.computation.Shape;
import io.pneuma.computation.Step;
import io.pneuma.computation.UnsupportedLayerException;
import io.pneuma.onednn.NativeParts;
import io.pneuma.onednn.OneDnn;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/**
 * A network as oneDNN's primitives for one size of batch, which goes through each part slice by
 * slice; sessions run it.
 */
final class Program implements AutoCloseable {
  private final OneDnn oneDnn;
  private final Network network;
  private final int batch;
  private final Layout layout;
  private final Placement placement;
  private final NativeParts natives;
  private final List<Part> parts = new ArrayList<>();

  /** Calls that follow one another, for so many images before the next so many. */
  record Part(int images, List<Call> calls) {}

  /**
   * Compiles a network.
   *
   * @param join whether concatenations cost nothing, but what touches them takes one image at a
   *     time
   * @param alone whether a thread runs it by itself
   */
  Program(
      OneDnn oneDnn,
      Network network,
      int batch,
      List<Stretch> stretches,
      boolean join,
      boolean alone) {
    this.oneDnn = oneDnn;
    this.network = network;
    this.batch = batch;
    this.layout = network.layout();
    this.placement = placement(oneDnn, network, batch, stretches, join);
    this.natives = new NativeParts(oneDnn);
    for (Stretch stretch : stretches) {
      CallBuilder several = builder(stretch.images(), alone);
      CallBuilder single = builder(1, alone);
      List<Call> calls = new ArrayList<>();
      parts.add(new Part(stretch.images(), calls));
      for (Step step : stretch.steps()) {
        calls.addAll(made(placement.isSingle(step) ? single : several, step));
      }
    }
  }

  /** Where a network's feature maps lie. */
  static Placement placement(
      OneDnn oneDnn, Network network, int batch, List<Stretch> stretches, boolean join) {
    ToLongFunction<Shape> bytes = shape -> oneDnn.bytes(1, shape, network.layout());
    return new Placement(network, stretches, batch, bytes, oneDnn.block(), join);
  }

  private CallBuilder builder(int images, boolean alone) {
    return new CallBuilder(oneDnn, network.shapes(), layout, placement, images, alone, natives);
  }

  private List<Call> made(CallBuilder builder, Step step) {
    try {
      return builder.calls(step);
    } catch (RuntimeException e) { // oneDNN's, which has no type of its own.
      close();
      throw new UnsupportedLayerException(step.output(), "oneDNN: " + e.getMessage());
    } catch (Error e) { // Above all when there is no memory left.
      close();
      throw e;
    }
  }

  OneDnn oneDnn() {
    return oneDnn;
  }

  Network network() {
    return network;
  }

  /** Bytes of an image's feature maps of a shape. */
  long bytes(Shape shape) {
    return oneDnn.bytes(1, shape, layout);
  }

  Layout layout() {
    return layout;
  }

  int batch() {
    return batch;
  }

  Placement placement() {
    return placement;
  }

  List<Part> parts() {
    return parts;
  }

  /** The calls of all parts, in order. */
  Stream<Call> calls() {
    return parts.stream().flatMap(part -> part.calls().stream());
  }

  /** Bytes that the most demanding call needs beside its arguments. */
  long scratchpad() {
    return calls().mapToLong(Call::scratchpad).max().orElse(0);
  }

  /** Number of features. */
  int width() {
    return network.shapes().get(network.output()).channels();
  }

  @Override
  public void close() {
    natives.close();
  }
}
