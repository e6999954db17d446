package io.pneuma.training;

import io.pneuma.images.LabelledImage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;

/** Which training images an epoch shows. */
final class Sampling {
  private Sampling() {}

  /**
   * As many images as there are, as many of each class: those of a large class in part, those of a
   * small one several times, but none once more than another of its class.
   */
  static List<LabelledImage> balanced(List<LabelledImage> images, Random random) {
    TreeMap<Integer, List<LabelledImage>> classes = new TreeMap<>();
    images.forEach(
        image -> classes.computeIfAbsent(image.label(), label -> new ArrayList<>()).add(image));
    List<LabelledImage> epoch = new ArrayList<>();
    int classesLeft = classes.size();
    for (List<LabelledImage> same : classes.values()) {
      int wanted = (images.size() - epoch.size()) / classesLeft;
      classesLeft--;
      Collections.shuffle(same, random);
      for (int i = 0; i < wanted; i++) {
        epoch.add(same.get(i % same.size()));
      }
    }
    return epoch;
  }
}
