package io.pneuma.node;

import io.pneuma.images.Hash;
import io.pneuma.run.Csv;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What a node is done with, on disk: images that were answered or refused, and those whose answers
 * were only noted. Of an image it holds no more than its hash.
 */
public final class State implements AutoCloseable {
  private static final int NAME = 16;

  private final Path folder;
  private final Ledger done;
  private final Ledger noted; // Null where answers are stored.

  private State(Path folder, Ledger done, Ledger noted) {
    this.folder = folder;
    this.done = done;
    this.noted = noted;
  }

  /**
   * The state of one model and one server.
   *
   * @param parent folder of the states
   * @param model its hash
   * @param shadow whether answers are noted and not stored
   * @param labels the classes of the model
   * @throws io.pneuma.run.RunException when another node has it, or it is damaged
   * @throws IOException when it cannot be kept there
   */
  public static State open(
      Path parent, String model, String url, boolean shadow, List<String> labels)
      throws IOException {
    String key = Hash.hex((model + "\n" + url).getBytes(StandardCharsets.UTF_8));
    Path folder = parent.resolve(key.substring(0, NAME));
    Ledger done =
        Ledger.open(folder.resolve("done.csv"), List.of("sopInstanceSha256", "status", "reason"));
    if (!shadow) {
      return new State(folder, done, null);
    }
    List<String> header = new ArrayList<>(List.of("sopInstanceSha256", "label"));
    labels.forEach(label -> header.add("probability_" + label));
    header.addAll(List.of("undecided", "unfamiliar", "outlines"));
    try {
      return new State(folder, done, Ledger.open(folder.resolve("shadow.csv"), header));
    } catch (IOException | RuntimeException e) {
      done.close();
      throw e;
    }
  }

  /** Where it is. */
  public Path folder() {
    return folder;
  }

  boolean isShadow() {
    return noted != null;
  }

  boolean knows(String hash) {
    return done.contains(hash) || (noted != null && noted.contains(hash));
  }

  void answered(String hash) throws IOException {
    done.add(hash, List.of("answered", ""));
  }

  void refused(String hash, String reason) throws IOException {
    done.add(hash, List.of("refused", reason.replaceAll("\\R", " ")));
  }

  void noted(String hash, Response response) throws IOException {
    List<Object> cells = new ArrayList<>();
    cells.add(response.label());
    for (double probability : response.probabilities()) {
      cells.add(Csv.cell(probability));
    }
    cells.addAll(List.of(response.undecided(), response.unfamiliar(), response.outlined()));
    noted.add(hash, cells);
  }

  @Override
  public void close() throws IOException {
    done.close();
    if (noted != null) {
      noted.close();
    }
  }
}
