package io.pneuma.spark;

import io.pneuma.backprop.GradientExchange;
import io.pneuma.backprop.ParameterAverage;
import io.pneuma.backprop.TrainingStep;
import io.pneuma.images.ImageView;
import io.pneuma.training.EpochTrainer;
import io.pneuma.training.SharedEpoch;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.LongConsumer;
import org.apache.spark.BarrierTaskContext;
import org.apache.spark.SparkEnv;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.LongAccumulator;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An epoch as a barrier stage: all workers at once, each with a part of every minibatch, or none.
 * Where one is lost the epoch begins again from the state that it began with.
 */
final class SparkEpochs implements EpochTrainer {
  private static final Logger LOG = LoggerFactory.getLogger(SparkEpochs.class);

  private final SparkCluster cluster;
  private final String run = UUID.randomUUID().toString();
  private final int workers;

  SparkEpochs(SparkCluster cluster) {
    this.cluster = cluster;
    this.workers = cluster.tasks();
  }

  @Override
  public int workers() {
    return workers;
  }

  @Override
  public double train(
      ComputationGraph graph,
      Optional<ParameterAverage> average,
      SharedEpoch.Rules rules,
      int epoch,
      List<ImageView> views,
      LongConsumer done)
      throws IOException {
    List<Share> shares = new ArrayList<>();
    for (int worker = 0; worker < workers; worker++) {
      shares.add(Share.of(worker, SharedEpoch.parts(views, rules.batchSize(), worker, workers)));
    }
    TrainingState state = TrainingState.of(graph, average);
    Broadcast<TrainingState> sent = cluster.spark().broadcast(state);
    Trained[] trained = new Trained[1];
    try (ShownSteps shown = new ShownSteps(cluster.spark(), workers, done)) {
      EpochWork work =
          new EpochWork(
              run,
              graph.getConfiguration().toJson(),
              sent,
              rules,
              epoch,
              workers,
              cluster.threads(),
              Mesh.secret(),
              shown.accumulator());
      Jobs.runTogether(
          cluster.spark(),
          "training epoch " + epoch,
          shares,
          work,
          (worker, result) -> trained[0] = worker == 0 ? result : trained[0]);
    } finally {
      sent.destroy();
    }
    trained[0].state().into(graph, average);
    done.accept(views.size());
    return trained[0].loss();
  }

  /** The parts of one worker. */
  private record Share(int worker, SentViews views, List<Integer> sizes) implements Serializable {
    static Share of(int worker, List<List<ImageView>> parts) {
      return new Share(
          worker,
          new SentViews(parts.stream().flatMap(List::stream).toList()),
          parts.stream().map(List::size).toList());
    }

    List<List<ImageView>> parts() {
      List<List<ImageView>> parts = new ArrayList<>();
      int from = 0;
      for (int size : sizes) {
        parts.add(views.views().subList(from, from + size));
        from += size;
      }
      return parts;
    }
  }

  /** What the first worker has after an epoch; of the others, which have the same, nothing. */
  private record Trained(double loss, TrainingState state) implements Serializable {}

  /** One worker's epoch, on an executor. */
  private record EpochWork(
      String run,
      String configuration,
      Broadcast<TrainingState> state,
      SharedEpoch.Rules rules,
      int epoch,
      int workers,
      int threads,
      String secret,
      LongAccumulator shown)
      implements Jobs.Work<Share, Trained> {
    /** Those of the last epochs, by worker: compiled once for a run. */
    private static final Map<Integer, Learner> LEARNERS = new HashMap<>();

    @Override
    public Trained of(Share share) throws IOException {
      Worker.start();
      BarrierTaskContext barrier = BarrierTaskContext.get();
      String host = SparkEnv.get().blockManager().blockManagerId().host();
      List<List<ImageView>> parts = share.parts();
      int most = Collections.max(share.sizes());
      TrainingState begun = state.value();
      Learner learner = learner(share.worker(), most, begun);
      try (Mesh mesh =
          Mesh.connect(
              share.worker(),
              workers,
              host,
              HexFormat.of().parseHex(secret),
              own -> List.of(barrier.allGather(own.get(0))))) {
        mesh.closeWhenKilled(barrier);
        learner.begin(begun, mesh);
        long started = System.nanoTime();
        boolean first = share.worker() == 0;
        double loss =
            SharedEpoch.train(
                rules,
                learner.step,
                learner.average,
                epoch,
                parts,
                share.worker(),
                threads,
                images -> {
                  if (first) {
                    shown.setValue(images);
                  }
                });
        LOG.info(
            "worker {}, epoch {}: {} s, {} s of them for gradients and waiting for the others",
            share.worker(),
            epoch,
            (System.nanoTime() - started) / 1e9,
            mesh.seconds());
        return new Trained(loss, first ? TrainingState.of(learner.graph, learner.average) : null);
      }
    }

    private Learner learner(int worker, int most, TrainingState begun) {
      synchronized (LEARNERS) {
        Learner learner = LEARNERS.get(worker);
        if (learner != null && (!learner.run.equals(run) || learner.most < most)) {
          learner.close();
          learner = null;
        }
        if (learner == null) {
          learner = new Learner(run, configuration, begun, most, threads, rules);
          LEARNERS.put(worker, learner);
        }
        return learner;
      }
    }
  }

  /** A worker's network, compiled to learn. */
  private static final class Learner {
    private final String run;
    private final int most;
    private final ComputationGraph graph;
    private final TrainingStep step;
    private final Optional<ParameterAverage> average;
    private GradientExchange exchange;

    Learner(
        String run,
        String configuration,
        TrainingState begun,
        int most,
        int threads,
        SharedEpoch.Rules rules) {
      this.run = run;
      this.most = most;
      this.graph = TrainingState.graph(configuration, begun.parameters().length);
      this.step =
          TrainingStep.of(
              graph,
              most,
              threads,
              rules.clipNorm(),
              (gradients, part) -> exchange.sum(gradients, part));
      double decay = rules.regularization().averageDecay();
      this.average =
          decay == 0
              ? Optional.empty()
              : Optional.of(ParameterAverage.of(graph, Optional.empty(), decay, threads));
    }

    void begin(TrainingState state, GradientExchange others) {
      exchange = others;
      state.into(graph, average);
    }

    void close() {
      step.close();
      average.ifPresent(ParameterAverage::close);
      graph.close();
    }
  }
}
