package io.pneuma.network;

import io.pneuma.config.Recipe.Decay;
import io.pneuma.config.Recipe.Training;
import java.util.HashMap;
import java.util.Map;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.samediff.AbstractSameDiffLayer;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.schedule.ExponentialSchedule;
import org.nd4j.linalg.schedule.FixedSchedule;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.linalg.schedule.MapSchedule;
import org.nd4j.linalg.schedule.ScheduleType;
import org.nd4j.linalg.schedule.StepSchedule;

/**
 * Adam's learning rate from epoch to epoch. In the warm-up it rises by equal steps (Goyal et al.,
 * "Accurate, Large Minibatch SGD" (2017), section 2.2); along the cosine it falls as in Loshchilov
 * and Hutter, "SGDR" (2017), equation 5, without restarts. In a range test it rises from step to
 * step.
 */
final class LearningRates {
  private LearningRates() {}

  /**
   * The rates of a training.
   *
   * @param factor what they are multiplied by
   */
  static ISchedule schedule(Training training, double factor) {
    if (training.decay().orElse(null) instanceof Decay.Sweep sweep) {
      double ratio = Math.pow(sweep.to() / sweep.from(), 1.0 / (sweep.steps() - 1));
      return new ExponentialSchedule(ScheduleType.ITERATION, sweep.from() * factor, ratio);
    }
    double highest = training.learningRate() * factor;
    if (!training.plansRates()) {
      return training
          .decay()
          .map(Decay.Step.class::cast)
          .<ISchedule>map(
              step ->
                  new StepSchedule(ScheduleType.EPOCH, highest, step.factor(), step.everyEpochs()))
          .orElse(new FixedSchedule(highest));
    }
    Map<Integer, Double> rates = new HashMap<>();
    for (int epoch = 0; epoch < training.epochs(); epoch++) {
      rates.put(epoch, highest * share(training, epoch));
    }
    return new MapSchedule(ScheduleType.EPOCH, rates);
  }

  /**
   * The share of the highest rate.
   *
   * @param epoch from 0
   */
  private static double share(Training training, int epoch) {
    int warmup = training.warmupEpochs();
    if (epoch < warmup) {
      return (epoch + 1.0) / (warmup + 1);
    }
    if (training.decay().isEmpty()) {
      return 1;
    }
    if (training.decay().get() instanceof Decay.Step step) {
      int steps = epoch / step.everyEpochs();
      return Math.pow(step.factor(), steps);
    }
    double done = (double) (epoch - warmup) / (training.epochs() - warmup);
    return (1 + Math.cos(Math.PI * done)) / 2;
  }

  /**
   * Gives the layers of a backbone lower rates the further they are from its end: Howard and Ruder,
   * "Universal Language Model Fine-tuning" (2018), section 3.2.
   *
   * @param stages from 0, by the layers' names
   */
  static void discriminate(
      ComputationGraphConfiguration graph, Map<String, Integer> stages, Training training) {
    int last = stages.values().stream().mapToInt(Integer::intValue).max().orElse(0);
    stages.forEach(
        (name, stage) -> {
          double factor = Math.pow(training.stageDecay(), last - stage);
          GraphVertex vertex = graph.getVertices().get(name);
          if (vertex instanceof LayerVertex layer) {
            Adam adam = new Adam(schedule(training, factor));
            if (layer.getLayerConf().getLayer() instanceof BaseLayer base) {
              base.setIUpdater(adam);
            } else if (layer.getLayerConf().getLayer() instanceof AbstractSameDiffLayer own) {
              own.setUpdater(adam);
            }
          }
        });
  }
}
