package io.pneuma.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.TinyRadiographs;
import io.pneuma.config.Recipe;
import io.pneuma.images.Dataset;
import io.pneuma.run.History;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrialsTest {
  private static final long PATIENCE = 60;

  @TempDir private Path folder;

  private Recipe recipe(String freeze) throws IOException {
    Path images = folder.resolve("images");
    if (!Files.exists(images)) {
      TinyRadiographs.write(images, 12);
    }
    Path file = folder.resolve("recipe.yaml");
    Files.writeString(file, TinyRadiographs.recipe(images, freeze, "se"));
    return TinyRadiographs.loader(folder).load(file, List.of()).recipe();
  }

  private Trials trials(Recipe recipe) throws IOException {
    Dataset data = Dataset.load(recipe.data(), recipe.seed(), done -> {});
    return new Trials(data, folder.resolve("bank"), Progress.SILENT);
  }

  private static boolean met(CountDownLatch latch) {
    try {
      return latch.await(PATIENCE, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      return false;
    }
  }

  @Test
  void aTrialBeginsWhileAnotherStillTrains() throws Exception {
    Recipe recipe = recipe("all");
    CountDownLatch begun = new CountDownLatch(1);
    ExecutorService workers = Executors.newFixedThreadPool(2);
    try (Trials trials = trials(recipe)) {
      trials.prepare(List.of(recipe));
      CountDownLatch training = new CountDownLatch(1);
      Future<Boolean> first =
          workers.submit(
              () -> {
                boolean[] met = new boolean[1];
                trials.train(
                    recipe,
                    epoch -> {
                      training.countDown();
                      met[0] = met(begun);
                      return false;
                    });
                return met[0];
              });
      assertTrue(met(training));
      Future<History.Epoch> second =
          workers.submit(
              () ->
                  trials.train(
                      recipe,
                      epoch -> {
                        begun.countDown();
                        return false;
                      }));
      assertTrue(first.get(2 * PATIENCE, TimeUnit.SECONDS), "the second waited for the first");
      assertEquals(1, second.get(PATIENCE, TimeUnit.SECONDS).epoch());
    } finally {
      workers.shutdownNow();
    }
  }

  @Test
  void aTrialOfBackbonesThatLearnIsTheRunItStandsFor() throws IOException {
    Recipe recipe = recipe("none");
    try (Trials trials = trials(recipe)) {
      History.Epoch first = trials.train(recipe, epoch -> true);
      History.Epoch again = trials.train(recipe, epoch -> true);
      assertEquals(first.metrics(), again.metrics());
    }
  }
}
