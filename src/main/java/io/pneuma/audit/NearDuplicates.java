package io.pneuma.audit;

import io.pneuma.images.FolderImages.Found;
import io.pneuma.platform.Processor;
import io.pneuma.platform.Workers;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.function.LongConsumer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Pictures that stand in a folder twice, with another crop, brightness, size or compression, as
 * images of two patients or in two splits. Every picture is compared with all {@link Crops} of
 * every other; the few most alike are then laid over each other ({@link Alignment}). The first step
 * is quadratic in the number of images.
 */
final class NearDuplicates {
  /** Images of which a crop looks like an image. */
  private static final int CANDIDATES = 16;

  /** Those of them that are laid over it with care. */
  private static final int LAID = 3;

  /** Products that are held at once. */
  private static final int MOST_PRODUCTS = 1 << 23;

  private final List<Found> images;
  private final List<Look> looks;

  NearDuplicates(List<Found> images, List<Look> looks) {
    this.images = images;
    this.looks = looks;
  }

  /** Two images by their indices, and how alike they are, up to 1. */
  record Pair(int first, int second, double likeness) {}

  /** A crop that looks like an image. */
  private record Candidate(int other, int box, float product) {}

  /**
   * The pairs most alike, the likest first; no image has more than a few.
   *
   * @param progress takes the number of images compared and laid, up to twice their number
   */
  List<Pair> find(LongConsumer progress) throws IOException {
    ExecutorService workers = Workers.start("audit", Processor.cores());
    try {
      List<Map<Integer, Candidate>> best = candidates(workers, progress);
      List<Future<List<Pair>>> pending = new ArrayList<>();
      for (int i = 0; i < images.size(); i++) {
        int own = i;
        pending.add(workers.submit(() -> lay(own, best.get(own))));
      }
      Map<List<Integer>, Pair> pairs = new LinkedHashMap<>();
      for (int i = 0; i < pending.size(); i++) {
        for (Pair pair : Look.await(pending.get(i))) {
          List<Integer> key =
              List.of(Math.min(pair.first(), pair.second()), Math.max(pair.first(), pair.second()));
          pairs.merge(
              key,
              new Pair(key.get(0), key.get(1), pair.likeness()),
              (a, b) -> a.likeness() >= b.likeness() ? a : b);
        }
        progress.accept(images.size() + i + 1L);
      }
      return pairs.values().stream()
          .sorted(Comparator.comparingDouble(Pair::likeness).reversed())
          .toList();
    } finally {
      workers.shutdownNow();
    }
  }

  private List<Pair> lay(int own, Map<Integer, Candidate> candidates) {
    Map<Candidate, Double> roughly = new HashMap<>();
    candidates.values().forEach(each -> roughly.put(each, likeness(own, each, Alignment.COARSE)));
    return roughly.entrySet().stream()
        .sorted(Map.Entry.<Candidate, Double>comparingByValue().reversed())
        .limit(LAID)
        .map(Map.Entry::getKey)
        .map(each -> new Pair(own, each.other(), likeness(own, each, Alignment.FINE)))
        .toList();
  }

  private double likeness(int own, Candidate candidate, int side) {
    byte[] other = looks.get(candidate.other()).tile();
    return Alignment.likeness(looks.get(own).tile(), other, Crops.BOXES.get(candidate.box()), side);
  }

  /** For each image those others of which a crop looks most like it. */
  private List<Map<Integer, Candidate>> candidates(ExecutorService workers, LongConsumer progress)
      throws IOException {
    int count = images.size();
    int crops = Crops.BOXES.size();
    INDArray wholes = Nd4j.create(flat(wholes(workers)), new long[] {count, Crops.WIDTH}, 'c');
    List<Map<Integer, Candidate>> best = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      best.add(new LinkedHashMap<>());
    }
    float[] least = new float[count]; // Of the candidates of each image, once it has enough.
    int block = Math.max(1, Math.min(64, MOST_PRODUCTS / (crops * count)));
    for (int from = 0; from < count; from += block) {
      int to = Math.min(count, from + block);
      List<Future<float[]>> made = new ArrayList<>();
      for (int i = from; i < to; i++) {
        byte[] tile = looks.get(i).tile();
        made.add(workers.submit(() -> Crops.all(tile)));
      }
      List<float[]> rows = new ArrayList<>();
      for (Future<float[]> each : made) {
        rows.add(Look.await(each));
      }
      try (INDArray views =
              Nd4j.create(flat(rows), new long[] {(long) rows.size() * crops, Crops.WIDTH}, 'c');
          INDArray products =
              Nd4j.createUninitialized(
                  views.dataType(), new long[] {count, views.size(0)}, 'f')) { // A column a crop.
        wholes.mmuli(views.transpose(), products);
        float[] values = new float[count];
        for (int i = from; i < to; i++) {
          float[] most = new float[count];
          int[] box = new int[count];
          for (int crop = 0; crop < crops; crop++) {
            int column = (i - from) * crops + crop;
            products.data().asNioFloat().position(column * count).get(values);
            for (int k = 0; k < count; k++) {
              if (values[k] > most[k]) {
                most[k] = values[k];
                box[k] = crop;
              }
            }
          }
          for (int k = 0; k < count; k++) {
            if (most[k] > least[k] && !belong(i, k)) {
              least[k] = offer(best.get(k), new Candidate(i, box[k], most[k]));
            }
          }
        }
      }
      progress.accept(to);
    }
    return best;
  }

  /** Whether two images may well show the same: those of one patient in one split. */
  private boolean belong(int first, int second) {
    Found one = images.get(first);
    Found other = images.get(second);
    return first == second
        || (one.image().patient().equals(other.image().patient())
            && one.split().equals(other.split()));
  }

  /** Takes one more, and leaves out the least of too many; returns what the next must exceed. */
  private static float offer(Map<Integer, Candidate> best, Candidate candidate) {
    best.put(candidate.other(), candidate);
    if (best.size() > CANDIDATES) {
      best.remove(least(best).other());
    }
    return best.size() < CANDIDATES ? 0 : least(best).product();
  }

  private static Candidate least(Map<Integer, Candidate> best) {
    return Collections.min(
        best.values(), Comparator.comparingDouble(each -> (double) each.product()));
  }

  private List<float[]> wholes(ExecutorService workers) throws IOException {
    List<Future<float[]>> pending = new ArrayList<>();
    for (Look look : looks) {
      pending.add(workers.submit(() -> Crops.whole(look.tile())));
    }
    List<float[]> wholes = new ArrayList<>();
    for (Future<float[]> each : pending) {
      wholes.add(Look.await(each));
    }
    return wholes;
  }

  private static float[] flat(List<float[]> rows) {
    int width = rows.get(0).length;
    float[] all = new float[Math.multiplyExact(rows.size(), width)];
    for (int i = 0; i < rows.size(); i++) {
      System.arraycopy(rows.get(i), 0, all, i * width, width);
    }
    return all;
  }
}
