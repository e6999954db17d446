package io.pneuma.weights;

import java.util.Map;

/** An object of a listed class that a pickle describes: its class's name and its state. */
final class TorchObject {
  private final String name;
  private Map<?, ?> state = Map.of();

  TorchObject(String name) {
    this.name = name;
  }

  String name() {
    return name;
  }

  void build(Map<?, ?> newState) {
    state = newState;
  }

  /** A part of the state; null when there is none. */
  Object get(String key) {
    return state.get(key);
  }
}
