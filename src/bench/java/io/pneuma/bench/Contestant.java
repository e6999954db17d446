package io.pneuma.bench;

import java.io.IOException;
import java.util.List;

/** One side of a row, ready to be asked for turns. */
interface Contestant extends AutoCloseable {
  /** Its settings, in words; empty when there is nothing to say. */
  String setup();

  /** For each of its parts, numbers in which both sides must agree. */
  List<double[]> checks();

  /** Works for a while. */
  Turn turn() throws IOException;

  @Override
  void close();
}
