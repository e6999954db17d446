package io.pneuma.backprop;

import io.pneuma.backprop.Tape.Operand;
import io.pneuma.computation.Activation;
import io.pneuma.computation.GraphReader;
import io.pneuma.computation.Network;
import io.pneuma.computation.Step;
import io.pneuma.computation.Step.Activate;
import io.pneuma.computation.Step.Add;
import io.pneuma.computation.Step.Concatenation;
import io.pneuma.computation.Step.Convolution;
import io.pneuma.computation.Step.LayerNorm;
import io.pneuma.computation.Step.Multiply;
import io.pneuma.computation.Step.Norm;
import io.pneuma.computation.Step.Pool;
import io.pneuma.computation.Step.Resample;
import io.pneuma.computation.UnsupportedLayerException;
import io.pneuma.onednn.NativeParts;
import io.pneuma.onednn.OneDnn;
import io.pneuma.onednn.Primitives;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.graph.ComputationGraph;

/**
 * Writes a network's forward pass on a tape and, step by step in the opposite order, its backward
 * pass. An activation is computed with the step before it where nothing else uses that step.
 */
final class TapeWriter {
  private final ComputationGraph graph;
  private final Network network;
  private final NativeParts parts;
  private final Tape tape;
  private final Maps maps;
  private final PlainSteps plain;
  private final GradientSums gradients;
  private final Map<String, Region> values = new HashMap<>();
  private final Map<String, List<Step>> users = new HashMap<>();
  private final Map<String, Step> makers = new HashMap<>();
  private final Set<String> joined = new HashSet<>(); // Activations that need no step of their own.
  private final Deque<Runnable> backward = new ArrayDeque<>();
  private final List<LearningNorm> norms = new ArrayList<>();

  TapeWriter(
      OneDnn oneDnn,
      ComputationGraph graph,
      Network network,
      int rows,
      Tape tape,
      NativeParts parts) {
    this.graph = graph;
    this.network = network;
    this.parts = parts;
    this.tape = tape;
    this.maps = new Maps(oneDnn, network.shapes(), rows);
    this.plain = new PlainSteps(maps, tape);
    this.gradients = new GradientSums(maps, tape);
    for (Step step : network.steps()) {
      makers.put(step.output(), step);
      step.inputs()
          .forEach(input -> users.computeIfAbsent(input, name -> new ArrayList<>()).add(step));
    }
  }

  /**
   * Writes both passes.
   *
   * @param input where the network's input lies
   * @param features room for what it gives, B x C
   * @param featuresGradient where the gradient with respect to that will lie
   */
  void write(Region input, Region features, Region featuresGradient) {
    values.put(network.input(), input);
    for (Step step : network.steps()) {
      if (!joined.contains(step.output())) {
        forward(step);
      }
    }
    String output = network.output();
    tape.copy(maps.operand(output, values.get(output)), features(features));
    tape.turn();
    Region gradient = maps.room(output);
    tape.copy(features(featuresGradient), maps.operand(output, gradient));
    gradients.add(output, gradient);
    backward.forEach(Runnable::run);
  }

  /** B x C, row by row. */
  private Operand features(Region region) {
    return new Operand(region, maps.plain(network.output()));
  }

  /** The normalisations, whose running statistics are brought up to date after a step. */
  List<LearningNorm> norms() {
    return norms;
  }

  private void forward(Step step) {
    if (step instanceof Convolution conv) {
      forward(conv);
    } else if (step instanceof Norm norm) {
      forward(norm);
    } else if (step instanceof LayerNorm norm) {
      forward(norm);
    } else if (step instanceof Activate activate) {
      forward(activate);
    } else if (step instanceof Pool pool) {
      forward(pool);
    } else if (step instanceof Add add) {
      forward(add);
    } else if (step instanceof Multiply multiply) {
      forward(multiply);
    } else if (step instanceof Resample resample) {
      forward(resample);
    } else if (step instanceof Concatenation all) {
      forward(all);
    } else {
      throw new UnsupportedLayerException(step.output(), step);
    }
  }

  private void forward(Convolution conv) {
    String vertex = GraphReader.vertex(conv);
    Optional<LayerArrays> layer =
        LayerArrays.learns(graph, vertex)
            ? Optional.of(LayerArrays.of(graph, vertex))
            : Optional.empty();
    LearningConvolution learning = new LearningConvolution(conv, layer, maps, tape, parts);
    Optional<Activate> after = activationAfter(conv);
    String name = after.map(Activate::output).orElse(conv.output());
    Activation activation = after.map(Activate::activation).orElse(Activation.IDENTITY);
    Region source = values.get(conv.input());
    Region output = make(name);
    learning.forward(source, name, output, activation);
    backward.push(
        () -> {
          Region gradient = activationGradient(name, activation, output);
          learning.parametersGradient(source, gradient);
          if (needsGradient(conv.input())) {
            gradients.add(conv.input(), learning.inputGradient(gradient));
          }
        });
  }

  private void forward(Norm norm) {
    LayerArrays layer = LayerArrays.of(graph, norm.output());
    if (!(layer.configuration() instanceof BatchNormalization)) {
      scale(norm, new LearningScale(norm, layer, maps, tape));
      return;
    }
    LearningNorm learning = new LearningNorm(norm, layer, maps, tape);
    norms.add(learning);
    // oneDNN joins no other activation to a normalisation while it learns.
    Optional<Activate> relu =
        activationAfter(norm).filter(after -> after.activation() == Activation.RELU);
    String name = relu.map(Activate::output).orElse(norm.output());
    Region source = values.get(norm.input());
    learning.forward(source, make(name), relu.isPresent());
    backward.push(
        () -> {
          Region gradient = gradients.take(name);
          Region inputGradient = gradients.writable(norm.input(), gradient);
          learning.backward(source, gradient, inputGradient);
          if (needsGradient(norm.input())) {
            gradients.add(norm.input(), inputGradient);
          }
        });
  }

  private void scale(Norm scale, LearningScale learning) {
    Region source = values.get(scale.input());
    learning.multiply(source, make(scale.output()));
    backward.push(
        () -> {
          Region gradient = gradients.take(scale.output());
          learning.parametersGradient(source, gradient);
          if (needsGradient(scale.input())) {
            Region product = gradients.writable(scale.input(), gradient);
            learning.multiply(gradient, product);
            gradients.add(scale.input(), product);
          }
        });
  }

  private void forward(LayerNorm norm) {
    LearningLayerNorm learning =
        new LearningLayerNorm(norm, LayerArrays.of(graph, norm.output()), maps, tape);
    learning.forward(values.get(norm.input()), make(norm.output()));
    backward.push(
        () -> {
          Region gradient = gradients.take(norm.output());
          Region inputGradient = gradients.writable(norm.input(), gradient);
          learning.backward(gradient, inputGradient);
          if (needsGradient(norm.input())) {
            gradients.add(norm.input(), inputGradient);
          }
        });
  }

  private void forward(Activate activate) {
    String name = activate.output();
    Region source = values.get(activate.input());
    boolean needsSource = Primitives.needsSource(activate.activation());
    Region output = isSpent(activate.input()) && !needsSource ? source : maps.room(name);
    values.put(name, output);
    plain.activate(activate, source, output);
    Region known = needsSource ? source : output;
    backward.push(
        () ->
            gradients.add(
                activate.input(), activationGradient(name, activate.activation(), known)));
  }

  private void forward(Pool pool) {
    Pooling pooling = new Pooling(pool, maps, tape);
    pooling.forward(values.get(pool.input()), make(pool.output()));
    backward.push(
        () -> gradients.add(pool.input(), pooling.backward(gradients.take(pool.output()))));
  }

  private void forward(Multiply multiply) {
    Region factors = values.get(multiply.maps());
    Region numbers = values.get(multiply.numbers());
    plain.multiply(multiply, factors, numbers, make(multiply.output()));
    backward.push(
        () -> {
          Region gradient = gradients.take(multiply.output());
          if (needsGradient(multiply.numbers())) {
            Region sums = plain.numbersGradient(multiply, factors, gradient);
            gradients.add(multiply.numbers(), sums);
          }
          if (needsGradient(multiply.maps())) {
            Region product = gradients.writable(multiply.maps(), gradient);
            plain.multiply(multiply, gradient, numbers, product);
            gradients.add(multiply.maps(), product);
          }
        });
  }

  private void forward(Resample resample) {
    Resampling resampling = new Resampling(resample, maps, tape, parts);
    resampling.forward(values.get(resample.input()), make(resample.output()));
    backward.push(
        () -> {
          Region gradient = gradients.take(resample.output());
          if (needsGradient(resample.input())) {
            gradients.add(resample.input(), resampling.backward(gradient));
          }
        });
  }

  private void forward(Add add) {
    Optional<Activate> after = activationAfter(add);
    String name = after.map(Activate::output).orElse(add.output());
    Activation activation = after.map(Activate::activation).orElse(Activation.IDENTITY);
    Region left = values.get(add.left());
    Region right = values.get(add.right());
    Region output = isSpent(add.left()) ? left : isSpent(add.right()) ? right : maps.room(name);
    values.put(name, output);
    plain.add(add, activation, left, right, output);
    backward.push(
        () -> {
          Region gradient = activationGradient(name, activation, output);
          List<String> learning = add.inputs().stream().filter(this::needsGradient).toList();
          if (learning.size() == 2) {
            gradients.addToBoth(add.left(), add.right(), gradient);
          } else {
            gradients.add(learning.get(0), gradient);
          }
        });
  }

  private void forward(Concatenation all) {
    plain.concatenate(all, all.inputs().stream().map(values::get).toList(), make(all.output()));
    backward.push(
        () -> {
          Operand whole = plain.sliceable(all, gradients.take(all.output()));
          int from = 0;
          for (String input : all.inputs()) {
            if (needsGradient(input)) {
              gradients.add(input, plain.slice(whole, input, from));
            }
            from += maps.shapes().get(input).channels();
          }
        });
  }

  private Region make(String name) {
    Region room = maps.room(name);
    values.put(name, room);
    return room;
  }

  /** Only what a learning step has a part in has a gradient. */
  private boolean needsGradient(String name) {
    return !name.equals(network.input());
  }

  /** The activation of a step's output, if it can be computed with the step. */
  private Optional<Activate> activationAfter(Step step) {
    List<Step> using = users.getOrDefault(step.output(), List.of());
    if (using.size() != 1 || !(using.get(0) instanceof Activate activate)) {
      return Optional.empty();
    }
    if (step instanceof Norm && activate.activation() != Activation.RELU) {
      return Optional.empty();
    }
    if (Primitives.needsSource(activate.activation())) {
      return Optional.empty(); // The step would leave nothing of what it gives before.
    }
    joined.add(activate.output());
    return Optional.of(activate);
  }

  /**
   * Whether the one user of some maps, an activation or a sum, may write over them: they are not
   * needed again when the step that made them is gone through backward.
   */
  private boolean isSpent(String name) {
    Step maker = makers.get(name);
    return maker != null
        && users.get(name).size() == 1
        && !(maker instanceof Activate)
        && !joined.contains(name);
  }

  private Region activationGradient(String name, Activation activation, Region known) {
    Region gradient = gradients.take(name);
    if (activation == Activation.IDENTITY) {
      return gradient;
    }
    Region before = gradients.writable(name, gradient);
    plain.activationGradient(name, activation, known, gradient, before);
    return before;
  }
}
