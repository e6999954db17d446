package io.pneuma.reproduction;

import io.pneuma.config.Recipe;
import io.pneuma.evaluation.Answers;
import io.pneuma.images.Dataset;
import io.pneuma.images.LabelledImage;
import io.pneuma.run.RunDirectory;
import io.pneuma.run.RunException;
import io.pneuma.training.Progress;
import io.pneuma.training.TrainingException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;

/**
 * Every network of the table, trained on every fold with every seed. The folds are the same for
 * all, so that networks are compared on the same images; a seed changes initialisation and the
 * order of the images. Each training that ends is on disk at once, and is not repeated.
 */
public final class Reproduction {
  private final List<Cell> cells;
  private final List<Dataset> folds;
  private final List<String> hashes;
  private final List<Long> seeds;
  private final RunDirectory run;

  /**
   * A reproduction in a run directory, which may hold a part of it already.
   *
   * @param folds the data set of each; one where the splits are taken as they are
   */
  public Reproduction(Recipe recipe, List<Dataset> folds, RunDirectory run) {
    this.cells = Cell.of(recipe);
    this.folds = List.copyOf(folds);
    this.hashes = folds.stream().map(Dataset::sha256).toList();
    this.seeds =
        LongStream.range(0, recipe.evaluation().seeds()).mapToObj(i -> recipe.seed() + i).toList();
    this.run = run;
  }

  /** The networks, in the order of the table. */
  public List<Cell> cells() {
    return cells;
  }

  /** The number of trainings. */
  public int trainings() {
    return cells.size() * folds.size() * seeds.size();
  }

  /** Who trains heads, here or elsewhere. */
  @FunctionalInterface
  public interface Heads {
    /**
     * Trains a head on a fold.
     *
     * @param fold its number, from 0
     * @return for each test image of the fold the probability of each class
     * @throws TrainingException when training diverges
     */
    double[][] answers(Recipe recipe, long seed, int fold) throws IOException;
  }

  /** One of the trainings. */
  private record Job(Cell cell, long seed, int fold) {}

  /**
   * Trains what is not there yet.
   *
   * @param workers trainings at a time
   * @throws TrainingException when one diverges, naming it
   * @throws RunException when what is there was trained on other folds
   */
  public void train(Heads heads, int workers, Progress progress) throws IOException {
    Files.createDirectories(run.cells());
    List<Job> missing = new ArrayList<>();
    for (long seed : seeds) { // So that an interrupted table has all networks alike.
      for (int fold = 0; fold < folds.size(); fold++) {
        for (Cell cell : cells) {
          Path file = file(cell, seed, fold);
          if (!Files.exists(file)) {
            missing.add(new Job(cell, seed, fold));
          } else if (!hashes.get(fold).equals(run.readJson(file, Answered.class).data())) {
            throw new RunException(
                file + ": was trained on another fold than this one; start a new run");
          }
        }
      }
    }
    ExecutorService threads = Executors.newFixedThreadPool(workers, Reproduction::daemon);
    ExecutorCompletionService<Job> done = new ExecutorCompletionService<>(threads);
    try (Progress.Task task =
        progress.start("training", trainings() - missing.size(), trainings(), "heads")) {
      for (Job job : missing) {
        done.submit(
            () -> {
              train(job, heads);
              return job;
            });
      }
      for (int ended = 1; ended <= missing.size(); ended++) {
        Job job = await(done.take());
        task.at(trainings() - missing.size() + ended);
        task.note(job.cell().name());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while heads were trained", e);
    } finally {
      threads.shutdownNow();
    }
  }

  private static Thread daemon(Runnable work) {
    Thread thread = new Thread(work, "reproduction");
    thread.setDaemon(true);
    return thread;
  }

  private static Job await(Future<Job> job) throws IOException, InterruptedException {
    try {
      return job.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException cause) {
        throw cause;
      }
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  private void train(Job job, Heads heads) throws IOException {
    long started = System.nanoTime();
    double[][] answers;
    try {
      answers = heads.answers(job.cell().recipe(), job.seed(), job.fold());
    } catch (TrainingException e) {
      throw new TrainingException(
          "%s, seed %d, fold %d: %s"
              .formatted(job.cell().name(), job.seed(), job.fold() + 1, e.getMessage()));
    }
    List<List<Double>> rows = new ArrayList<>();
    for (double[] row : answers) {
      rows.add(Arrays.stream(row).boxed().toList());
    }
    double seconds = (System.nanoTime() - started) / 1e9;
    run.writeJson(
        file(job.cell(), job.seed(), job.fold()),
        new Answered(
            job.cell().name(), job.seed(), job.fold() + 1, hashes.get(job.fold()), seconds, rows));
  }

  private Path file(Cell cell, long seed, int fold) {
    return run.cells().resolve(Answered.file(cell.name(), seed, fold + 1));
  }

  /**
   * What each network has said of every test image, the folds behind each other.
   *
   * @return by the network's name, an entry for each seed
   */
  public Map<String, List<Answers>> answers() {
    List<LabelledImage> images = folds.stream().flatMap(fold -> fold.test().stream()).toList();
    List<String> patients = images.stream().map(LabelledImage::patient).toList();
    int[] labels = images.stream().mapToInt(LabelledImage::label).toArray();
    Map<String, List<Answers>> answers = new LinkedHashMap<>();
    for (Cell cell : cells) {
      List<Answers> ofSeeds = new ArrayList<>();
      for (long seed : seeds) {
        List<double[]> rows = new ArrayList<>();
        for (int fold = 0; fold < folds.size(); fold++) {
          Answered answered = run.readJson(file(cell, seed, fold), Answered.class);
          for (List<Double> row : answered.probabilities()) {
            rows.add(row.stream().mapToDouble(Double::doubleValue).toArray());
          }
        }
        ofSeeds.add(
            new Answers(folds.get(0).labels(), patients, labels, rows.toArray(double[][]::new)));
      }
      answers.put(cell.name(), ofSeeds);
    }
    return answers;
  }
}
