package io.pneuma.run;

import java.io.IOException;
import java.io.Serializable;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/**
 * The course of a training: {@code history.csv}, a row for each epoch. The file is small and is
 * rewritten whole with each epoch. What is not a number stands as an empty cell.
 */
public final class History {
  private static final List<String> BEFORE =
      List.of("epoch", "learningRate", "trainLoss", "validationLoss");
  private static final String SECONDS = "seconds";

  private final RunDirectory run;
  private final List<String> metrics;
  private final List<Epoch> epochs = new ArrayList<>();

  private History(RunDirectory run, List<String> metrics) {
    this.run = run;
    this.metrics = List.copyOf(metrics);
  }

  /**
   * One epoch.
   *
   * @param epoch its number, from 1
   * @param metrics validation metrics by name
   * @param seconds time it took
   */
  public record Epoch(
      int epoch,
      double learningRate,
      double trainLoss,
      double validationLoss,
      Map<String, Double> metrics,
      double seconds)
      implements Serializable {
    /** Copies the metrics, in their order. */
    public Epoch {
      metrics = Collections.unmodifiableMap(new LinkedHashMap<>(metrics));
    }
  }

  /** An empty history that will have a column for each of these metrics. */
  public static History start(RunDirectory run, List<String> metrics) {
    return new History(run, metrics);
  }

  /**
   * Reads the history of a run.
   *
   * @throws RunException when the file is missing or damaged
   */
  public static History load(RunDirectory run) {
    Path file = run.history();
    String text;
    try {
      text = Files.readString(file);
    } catch (IOException e) {
      throw new RunException(file + ": cannot be read: " + WholeFile.reason(e), e);
    }
    try (CSVParser rows =
        Csv.FORMAT
            .builder()
            .setHeader()
            .setSkipHeaderRecord(true)
            .get()
            .parse(new StringReader(text))) {
      List<String> header = rows.getHeaderNames();
      int last = header.size() - 1;
      if (last < BEFORE.size()
          || !header.subList(0, BEFORE.size()).equals(BEFORE)
          || !header.get(last).equals(SECONDS)) {
        throw new RunException(
            file + ": has the columns " + header + "; expected those of a run's history");
      }
      History history = new History(run, header.subList(BEFORE.size(), last));
      for (CSVRecord row : rows) {
        history.check(history.epoch(row, file));
      }
      return history;
    } catch (IOException | UncheckedIOException | IllegalArgumentException e) {
      throw new RunException(file + ": is damaged: " + e.getMessage(), e);
    }
  }

  /** Adds an epoch, which must be the next one, and writes the file. */
  public void append(Epoch epoch) {
    check(epoch);
    write();
  }

  /** Forgets what came after that many epochs, as a resume from a checkpoint must. */
  public void truncate(int kept) {
    if (kept < epochs.size()) {
      epochs.subList(kept, epochs.size()).clear();
      write();
    }
  }

  /** All epochs so far. */
  public List<Epoch> epochs() {
    return List.copyOf(epochs);
  }

  /** The names of the metrics, in the order of their columns. */
  public List<String> metrics() {
    return metrics;
  }

  private void check(Epoch epoch) {
    if (epoch.epoch() != epochs.size() + 1) {
      throw new IllegalArgumentException(
          "epoch " + epoch.epoch() + " follows epoch " + epochs.size());
    }
    if (!epoch.metrics().keySet().equals(Set.copyOf(metrics))) {
      throw new IllegalArgumentException(
          "epoch " + epoch.epoch() + " has " + epoch.metrics().keySet() + ", not " + metrics);
    }
    epochs.add(epoch);
  }

  private void write() {
    List<Object> header = new ArrayList<>(BEFORE);
    header.addAll(metrics);
    header.add(SECONDS);
    List<List<Object>> rows = new ArrayList<>(List.of(header));
    for (Epoch epoch : epochs) {
      List<Object> row = new ArrayList<>();
      row.add(epoch.epoch());
      row.add(Csv.cell(epoch.learningRate()));
      row.add(Csv.cell(epoch.trainLoss()));
      row.add(Csv.cell(epoch.validationLoss()));
      metrics.forEach(name -> row.add(Csv.cell(epoch.metrics().get(name))));
      row.add(Csv.cell(epoch.seconds()));
      rows.add(row);
    }
    run.write(run.history(), Csv.write(rows));
  }

  private Epoch epoch(CSVRecord row, Path file) {
    if (!row.isConsistent()) {
      throw new RunException(file + ": record " + row.getRecordNumber() + " is cut short");
    }
    Map<String, Double> values = new LinkedHashMap<>();
    metrics.forEach(name -> values.put(name, Csv.number(row.get(name))));
    return new Epoch(
        Integer.parseInt(row.get("epoch")),
        Csv.number(row.get("learningRate")),
        Csv.number(row.get("trainLoss")),
        Csv.number(row.get("validationLoss")),
        values,
        Csv.number(row.get(SECONDS)));
  }
}
