package io.pneuma.node;

import io.pneuma.config.Recipe.DicomRule;
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
  private static final String HASH = "sopInstanceSha256";

  private final Path folder;
  private final Ledger answered;
  private final Ledger refused;
  private final Ledger noted; // Null where answers are stored.

  private State(Path folder, Ledger answered, Ledger refused, Ledger noted) {
    this.folder = folder;
    this.answered = answered;
    this.refused = refused;
    this.noted = noted;
  }

  /**
   * The state of one model and one server.
   *
   * @param parent folder of the states
   * @param model its hash
   * @param rule which images are taken, for what another refused is asked for again
   * @param shadow whether answers are noted and not stored
   * @param labels the classes of the model
   * @throws io.pneuma.run.RunException when another node has it, or it is damaged
   * @throws IOException when it cannot be kept there
   */
  public static State open(
      Path parent, String model, String url, DicomRule rule, boolean shadow, List<String> labels)
      throws IOException {
    String key = Hash.hex((model + "\n" + url).getBytes(StandardCharsets.UTF_8));
    Path folder = parent.resolve(key.substring(0, NAME));
    String refusals =
        "refused" + (rule.anyImage() ? "-any" : "") + (rule.firstFrame() ? "-frames" : "") + ".csv";
    List<String> header = new ArrayList<>(List.of(HASH, "label"));
    labels.forEach(label -> header.add("probability_" + label));
    header.addAll(List.of("undecided", "unfamiliar", "outlines"));
    List<Ledger> open = new ArrayList<>();
    try {
      open.add(Ledger.open(folder.resolve("answered.csv"), List.of(HASH)));
      open.add(Ledger.open(folder.resolve(refusals), List.of(HASH, "reason")));
      open.add(shadow ? Ledger.open(folder.resolve("shadow.csv"), header) : null);
    } catch (IOException | RuntimeException e) {
      for (Ledger ledger : open) {
        ledger.close();
      }
      throw e;
    }
    return new State(folder, open.get(0), open.get(1), open.get(2));
  }

  /** Where it is. */
  public Path folder() {
    return folder;
  }

  boolean isShadow() {
    return noted != null;
  }

  boolean knows(String hash) {
    return answered.contains(hash)
        || refused.contains(hash)
        || (noted != null && noted.contains(hash));
  }

  void answered(String hash) throws IOException {
    answered.add(hash, List.of());
  }

  void refused(String hash, String reason) throws IOException {
    refused.add(hash, List.of(reason.replaceAll("\\R", " ")));
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
    answered.close();
    refused.close();
    if (noted != null) {
      noted.close();
    }
  }
}
