package io.pneuma.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** A side whose item is so many items of each of its parts, one after the other. */
final class Parts implements Contestant {
  private final List<Part> parts;
  private final List<Contestant> started = new ArrayList<>();
  private final List<List<Double>> seconds = new ArrayList<>();

  /**
   * A part.
   *
   * @param name as the breakdown shows it
   * @param items of it in one item of the whole
   */
  record Part(String name, Side side, double items) {}

  Parts(List<Part> parts) throws IOException {
    this.parts = parts;
    try {
      for (Part part : parts) {
        started.add(part.side().start());
        seconds.add(new ArrayList<>());
      }
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  /** The parts with the medians of the turns so far. */
  @Override
  public String setup() {
    if (seconds.get(0).isEmpty()) {
      return parts.size() + " parts";
    }
    List<String> words = new ArrayList<>();
    for (int i = 0; i < parts.size(); i++) {
      double each = Duel.median(seconds.get(i).stream().mapToDouble(s -> s).toArray());
      Part part = parts.get(i);
      words.add(
          String.format(
              Locale.ROOT,
              "%s %.0f x %.4g ms = %.0f s",
              part.name(),
              part.items(),
              1000 * each,
              part.items() * each));
    }
    return String.join("; ", words);
  }

  @Override
  public List<double[]> checks() {
    return started.stream().flatMap(part -> part.checks().stream()).collect(Collectors.toList());
  }

  @Override
  public Turn turn() throws IOException {
    double wall = 0;
    double processor = 0;
    for (int i = 0; i < parts.size(); i++) {
      Turn turn = started.get(i).turn();
      seconds.get(i).add(turn.seconds());
      wall += parts.get(i).items() * turn.seconds();
      processor += parts.get(i).items() * turn.processorSeconds();
    }
    return new Turn(wall, processor);
  }

  @Override
  public void close() {
    started.forEach(Contestant::close);
  }
}
