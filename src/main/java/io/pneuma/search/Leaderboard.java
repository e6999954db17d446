package io.pneuma.search;

import io.pneuma.config.Search;
import io.pneuma.config.Search.Range;
import io.pneuma.search.CandidateRecord.Status;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The candidates of a search from the best to the failed. */
public final class Leaderboard {
  static final String STATUS = "status";

  private final Search search;
  private final List<CandidateRecord> candidates;

  Leaderboard(Search search, List<CandidateRecord> candidates) {
    this.search = search;
    this.candidates = candidates.stream().sorted(order(search)).toList();
  }

  /**
   * Complete ones first, then those given up, then those failed; by score, by validation loss where
   * that is equal, and then by who came first.
   */
  static Comparator<CandidateRecord> order(Search search) {
    int sign = search.minimises() ? 1 : -1;
    return Comparator.comparing(CandidateRecord::status)
        .thenComparingDouble(candidate -> sign * candidate.score())
        .thenComparingDouble(CandidateRecord::validationLoss)
        .thenComparingInt(CandidateRecord::index);
  }

  List<CandidateRecord> candidates() {
    return candidates;
  }

  Search search() {
    return search;
  }

  Optional<CandidateRecord> best() {
    return candidates.stream().filter(CandidateRecord::isComplete).findFirst();
  }

  /** Number of all candidates. */
  public int size() {
    return candidates.size();
  }

  /** Seconds that the candidates' own training took, all together. */
  public double trainingSeconds() {
    return candidates.stream().mapToDouble(CandidateRecord::seconds).sum();
  }

  /** The values of the best candidate that trained to its end; empty when there is none. */
  public Optional<Map<String, Object>> winner() {
    return best().map(CandidateRecord::values);
  }

  /** A row for each candidate under a row of names. */
  List<List<String>> rows() {
    List<List<String>> rows = new ArrayList<>();
    List<String> header = new ArrayList<>(List.of("rank", "candidate", search.objective()));
    search.space().stream().map(Range::key).forEach(header::add);
    header.addAll(List.of(STATUS, "epochs", "keptEpoch", "seconds", "reason"));
    rows.add(header);
    for (CandidateRecord candidate : candidates) {
      List<String> row = new ArrayList<>();
      row.add(candidate.isComplete() ? "" + rows.size() : "");
      row.add("" + candidate.index());
      row.add(candidate.hasFailed() ? "" : "" + candidate.score());
      search.space().stream()
          .map(range -> candidate.values().get(range.key()))
          .forEach(value -> row.add(value == null ? "" : value.toString()));
      row.add(word(candidate.status()));
      row.add("" + candidate.epochs());
      row.add(candidate.keptEpoch() == 0 ? "" : "" + candidate.keptEpoch());
      row.add(String.format(Locale.ROOT, "%.1f", candidate.seconds()));
      row.add(candidate.reason());
      rows.add(row);
    }
    return rows;
  }

  private static String word(Status status) {
    return status.name().toLowerCase(Locale.ROOT);
  }
}
