package io.pneuma.inference;

import java.util.ArrayList;
import java.util.List;

/** A network as oneDNN's primitives for one size of batch; sessions run it. */
final class Program implements AutoCloseable {
  private final OneDnn oneDnn;
  private final Network network;
  private final int batch;
  private final Placement placement;
  private final NativeParts parts;
  private final List<Call> calls = new ArrayList<>();

  Program(OneDnn oneDnn, Network network, int batch) {
    this.oneDnn = oneDnn;
    this.network = network;
    this.batch = batch;
    this.placement =
        new Placement(network, shape -> oneDnn.bytes(batch, shape), oneDnn.block(), batch == 1);
    this.parts = new NativeParts(oneDnn);
    CallBuilder builder = new CallBuilder(oneDnn, network.shapes(), placement, batch, parts);
    for (Step step : network.steps()) {
      try {
        calls.addAll(builder.calls(step));
      } catch (RuntimeException e) { // oneDNN's, which has no type of its own.
        close();
        throw new UnsupportedLayerException(step.output(), "oneDNN: " + e.getMessage());
      } catch (Error e) { // Above all when there is no memory left.
        close();
        throw e;
      }
    }
  }

  OneDnn oneDnn() {
    return oneDnn;
  }

  Network network() {
    return network;
  }

  int batch() {
    return batch;
  }

  Placement placement() {
    return placement;
  }

  List<Call> calls() {
    return calls;
  }

  /** Bytes that the most demanding call needs beside its arguments. */
  long scratchpad() {
    return calls.stream().mapToLong(Call::scratchpad).max().orElse(0);
  }

  /** Number of features. */
  int width() {
    return network.shapes().get(network.output()).channels();
  }

  @Override
  public void close() {
    parts.close();
  }
}
