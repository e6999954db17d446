package io.pneuma.shortcuts;

import io.pneuma.images.FileForm;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What images are like without their anatomy, in groups that a reader can check by eye. */
public final class Traits {
  static final int GROUPS = 5;

  /** Steps by which a number may tell a class without telling it more the larger it is. */
  private static final int STEPS = 8;

  private Traits() {}

  /** By the name of each group, of {@value #GROUPS}, its numbers, images x numbers. */
  static Map<String, float[][]> of(List<ImageTraits> images) {
    Map<String, float[][]> traits = groups(images);
    traits.replaceAll((name, rows) -> stepped(rows));
    traits.put("all of these together", joined(List.copyOf(traits.values())));
    return traits;
  }

  /** The numbers of all groups without their steps, images x numbers. */
  public static float[][] numbers(List<ImageTraits> images) {
    return joined(List.copyOf(groups(images).values()));
  }

  private static Map<String, float[][]> groups(List<ImageTraits> images) {
    List<String> formats =
        List.copyOf(
            images.stream()
                .map(image -> image.form().format())
                .collect(Collectors.toCollection(TreeSet::new)));
    Map<String, float[][]> groups = new LinkedHashMap<>();
    groups.put("size: width, height, aspect", rows(images, image -> size(image.form())));
    groups.put(
        "file: bytes, bytes a pixel, format, channels, JPEG quality",
        rows(images, image -> file(image.form(), formats)));
    groups.put("border: grey values at the edges", rows(images, ImageTraits::border));
    groups.put("letters: bright and compact, near the corners", rows(images, ImageTraits::markers));
    return groups;
  }

  private static float[][] rows(List<ImageTraits> images, Function<ImageTraits, float[]> numbers) {
    return images.stream().map(numbers).toArray(float[][]::new);
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

  /** Tables of the same images beside each other. */
  public static float[][] joined(List<float[][]> groups) {
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
