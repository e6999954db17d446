package io.pneuma.backprop;

import io.pneuma.backprop.Tape.Operand;
import io.pneuma.onednn.After;
import java.util.HashMap;
import java.util.Map;

/**
 * The gradients with respect to feature maps, each summed over what the maps are used for. Several
 * maps may have one region while nobody writes to it.
 */
final class GradientSums {
  private final Maps maps;
  private final Tape tape;
  private final Map<String, Region> sums = new HashMap<>();
  private final Map<Region, Integer> owners = new HashMap<>();

  GradientSums(Maps maps, Tape tape) {
    this.maps = maps;
    this.tape = tape;
  }

  boolean has(String name) {
    return sums.containsKey(name);
  }

  /** Adds a part of the gradient with respect to some maps. */
  void add(String name, Region part) {
    Region sum = sums.get(name);
    if (sum == null) {
      own(name, part);
      return;
    }
    release(sum);
    Region target = isFree(sum) ? sum : writable(name, part);
    var lies = maps.lies(name);
    tape.add(
        maps.primitives().sum(lies, lies, lies, After.NOTHING),
        new Operand(sum, lies),
        new Operand(part, lies),
        new Operand(target, lies));
    own(name, target);
  }

  private void own(String name, Region region) {
    sums.put(name, region);
    owners.merge(region, 1, Integer::sum);
  }

  /** Adds the same to the gradients with respect to two maps. */
  void addToBoth(String left, String right, Region part) {
    owners.merge(part, 1, Integer::sum); // So that the first sum is not made in it.
    add(left, part);
    add(right, part);
    release(part);
  }

  private void release(Region region) {
    owners.merge(region, -1, Integer::sum);
  }

  private boolean isFree(Region region) {
    return owners.getOrDefault(region, 0) == 0;
  }

  /** The whole gradient, for which no more parts are to come. */
  Region take(String name) {
    Region sum = sums.remove(name);
    release(sum);
    return sum;
  }

  /** A region that was taken, if nobody else needs it as it is, or else a new one. */
  Region writable(String name, Region taken) {
    return isFree(taken) ? taken : maps.room(name);
  }
}
