package io.pneuma.onednn;

import org.bytedeco.dnnl.IntMemoryMap;
import org.bytedeco.dnnl.memory;
import org.bytedeco.javacpp.Pointer;

/** What a primitive is called on. */
public final class Arguments implements AutoCloseable {
  private final OneDnn oneDnn;
  private final IntMemoryMap map = new IntMemoryMap().retainReference();

  /** None yet. */
  public Arguments(OneDnn oneDnn) {
    this.oneDnn = oneDnn;
  }

  IntMemoryMap map() {
    return map;
  }

  /** Adds an array; the argument is one of {@link Argument}'s. */
  public void put(int argument, Form form, Pointer place) {
    try (memory array = new memory(form.lies(), oneDnn.cpu(), place)) {
      map.put(argument, array); // Which holds a copy.
    }
  }

  /** Adds an array that is stored. */
  public void put(int argument, Stored stored) {
    put(argument, stored.form(), stored.place());
  }

  /** Takes another array of the same form. */
  public void move(int argument, Pointer place) {
    map.get(argument).set_data_handle(place);
  }

  /** Where an array starts. */
  public Pointer place(int argument) {
    return map.get(argument).get_data_handle();
  }

  @Override
  public void close() {
    map.releaseReference();
  }
}
