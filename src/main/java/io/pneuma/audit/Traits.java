package io.pneuma.audit;

import io.pneuma.images.FileForm;
import io.pneuma.images.FolderImages.Found;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.IntStream;

/** What images are like without their anatomy, in groups that a reader can check by eye. */
final class Traits {
  /** Steps by which a number may tell a class without telling it more the larger it is. */
  private static final int STEPS = 8;

  private Traits() {}

  /** By the name of each group its numbers, images x numbers. */
  static Map<String, float[][]> of(List<Found> images, List<Look> looks) {
    List<String> formats = images.stream().map(found -> found.form().format()).toList();
    List<String> known = List.copyOf(new TreeSet<>(formats));
    Map<String, float[][]> traits = new LinkedHashMap<>();
    traits.put("size: width, height, aspect", rows(images, found -> size(found.form())));
    traits.put(
        "file: bytes, bytes a pixel, format, channels, JPEG quality",
        rows(images, found -> file(found.form(), known)));
    traits.put("border: grey values at the edges", rows(looks, Look::border));
    traits.put("letters: bright and compact, near the corners", rows(looks, Look::markers));
    traits.put("all of these together", joined(List.copyOf(traits.values())));
    return traits;
  }

  /** The numbers of all groups without their steps, images x numbers. */
  static float[][] numbers(List<Found> images, List<Look> looks) {
    List<String> known =
        List.copyOf(new TreeSet<>(images.stream().map(found -> found.form().format()).toList()));
    return joined(
        List.of(
            images.stream().map(found -> size(found.form())).toArray(float[][]::new),
            images.stream().map(found -> file(found.form(), known)).toArray(float[][]::new),
            looks.stream().map(Look::border).toArray(float[][]::new),
            looks.stream().map(Look::markers).toArray(float[][]::new)));
  }

  private static <T> float[][] rows(List<T> items, Function<T, float[]> numbers) {
    return stepped(items.stream().map(numbers).toArray(float[][]::new));
  }

  private static float[] size(FileForm form) {
    return new float[] {
      form.width(), form.height(), (float) Math.log((double) form.width() / form.height())
    };
  }

  private static float[] file(FileForm form, List<String> formats) {
    float[] numbers = new float[5 + formats.size()];
    double bytes = (double) form.bytes();
    numbers[0] = (float) Math.log(bytes);
    numbers[1] = (float) Math.log(bytes / ((double) form.width() * form.height()));
    numbers[2] = form.channels();
    numbers[3] = form.bitDepth();
    numbers[4] = form.jpegQuality();
    numbers[5 + formats.indexOf(form.format())] = 1;
    return numbers;
  }

  /**
   * Each number, and beside it on which of {@value #STEPS} steps it stands, whose bounds are its
   * own quantiles. No label is looked at.
   */
  private static float[][] stepped(float[][] rows) {
    int width = rows[0].length;
    float[][] stepped = new float[rows.length][width * (1 + STEPS)];
    for (int k = 0; k < width; k++) {
      int column = k;
      double[] sorted = Arrays.stream(rows).mapToDouble(row -> row[column]).sorted().toArray();
      double[] bounds =
          IntStream.range(1, STEPS)
              .mapToDouble(step -> sorted[step * sorted.length / STEPS])
              .toArray();
      for (int i = 0; i < rows.length; i++) {
        float value = rows[i][k];
        int step = (int) Arrays.stream(bounds).filter(bound -> bound <= value).count();
        stepped[i][k * (1 + STEPS)] = value;
        stepped[i][k * (1 + STEPS) + 1 + step] = 1;
      }
    }
    return stepped;
  }

  static float[][] joined(List<float[][]> groups) {
    int count = groups.get(0).length;
    float[][] joined = new float[count][];
    for (int i = 0; i < count; i++) {
      int width = groups.stream().mapToInt(group -> group[0].length).sum();
      float[] row = new float[width];
      int at = 0;
      for (float[][] group : groups) {
        System.arraycopy(group[i], 0, row, at, group[i].length);
        at += group[i].length;
      }
      joined[i] = row;
    }
    return joined;
  }
}
