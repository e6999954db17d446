package io.pneuma.backprop;

import io.pneuma.attention.AttentionLayer;
import io.pneuma.backprop.AttentionReader.Definition;
import io.pneuma.backprop.AttentionReader.Level;
import io.pneuma.backprop.AttentionReader.Projection;
import io.pneuma.onednn.OneDnn;
import io.pneuma.platform.Threads;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.IntFunction;

/**
 * An attention forward and backward by the operations of its own SameDiff definition. Operations on
 * rows that follow one another go through a few rows together, in arrays that live no longer; what
 * products and the way back need is kept for the whole batch.
 */
final class SameDiffStep implements AutoCloseable {
  private final Threads threads;
  private final Definition definition;
  private final List<Group> groups = new ArrayList<>();
  private final Map<Integer, Matrix> values = new HashMap<>(); // Kept ones, B x the slot's width.
  private final Map<Integer, Matrix> gradients = new HashMap<>();
  private final Map<Projection, Parameter> weights = new LinkedHashMap<>();
  private final Map<Projection, Turned> turned = new HashMap<>(); // Gradients of products.
  private final Map<RowOperation, Squashing> squashings = new HashMap<>();

  /** For each projection whether another gradient of its input has been written before its own. */
  private final Set<Projection> later = new HashSet<>();

  /**
   * What comes in and goes out, each B x C with room for the largest batch.
   *
   * @param inGradient the gradient with respect to {@code in}
   * @param outGradient the gradient with respect to {@code out}
   */
  record Ends(Matrix in, Matrix inGradient, Matrix out, Matrix outGradient) {}

  /**
   * What an attention is given.
   *
   * @param parameters by their names in the layer
   * @param rooms makes room for the largest batch of so many columns
   */
  record Context(
      String vertex,
      AttentionLayer layer,
      Threads threads,
      Ends ends,
      Function<String, Parameter> parameters,
      IntFunction<Matrix> rooms) {}

  /** Operations on rows, with what they take from elsewhere and leave to others. */
  private final class Group {
    final List<RowOperation> operations;
    final Map<Integer, Parameter> parameters = new TreeMap<>();
    final Map<Integer, float[][]> parameterGradients = new TreeMap<>(); // Of each piece.
    final Set<Integer> made = new TreeSet<>();
    final Set<Integer> taken = new TreeSet<>(); // From elsewhere, but no parameters.
    final Set<Integer> remembered = new TreeSet<>();
    final Set<Integer> first = new TreeSet<>(); // Taken ones whose gradient nobody wrote before.

    Group(List<RowOperation> operations, Context context, int pieces) {
      this.operations = operations;
      for (RowOperation operation : operations) {
        for (int input : operation.inputs()) {
          String name = definition.parameters().get(input);
          if (name != null) {
            parameters.put(input, context.parameters.apply(name));
            parameterGradients.put(input, new float[pieces][width(input)]);
          } else if (!made.contains(input)) {
            taken.add(input);
          }
        }
        made.add(operation.output());
        remembered.addAll(operation.remembered());
      }
      remembered.removeAll(parameters.keySet());
    }

    void forward(int from, int count) {
      float[][] row = new float[definition.widths().size()][];
      taken.forEach(slot -> row[slot] = new float[width(slot)]);
      made.forEach(slot -> row[slot] = new float[width(slot)]);
      readParameters(row);
      for (int i = from; i < from + count; i++) {
        read(taken, values, i, row);
        for (RowOperation operation : operations) {
          Squashing squashing = squashings.get(operation);
          if (squashing == null) {
            operation.forward(row);
          } else {
            Matrix out = values.get(operation.output());
            out.write(i, row[operation.inputs().get(0)]);
            squashing.apply(i);
            out.read(i, row[operation.output()]);
          }
        }
        for (int slot : made) {
          Matrix kept = values.get(slot);
          if (kept != null) {
            kept.write(i, row[slot]);
          }
        }
      }
    }

    void backward(int from, int count) {
      float[][] row = new float[definition.widths().size()][];
      float[][] gradient = new float[definition.widths().size()][];
      remembered.forEach(slot -> row[slot] = new float[width(slot)]);
      taken.forEach(slot -> gradient[slot] = new float[width(slot)]);
      made.forEach(slot -> gradient[slot] = new float[width(slot)]);
      readParameters(row);
      for (Map.Entry<Integer, float[][]> sums : parameterGradients.entrySet()) {
        gradient[sums.getKey()] = sums.getValue()[from / Pieces.ROWS];
        Arrays.fill(gradient[sums.getKey()], 0);
      }
      for (int i = from; i < from + count; i++) {
        read(remembered, values, i, row);
        read(made, gradients, i, gradient);
        read(taken, gradients, i, gradient);
        first.forEach(slot -> Arrays.fill(gradient[slot], 0));
        for (int j = operations.size() - 1; j >= 0; j--) {
          operations.get(j).backward(row, gradient);
        }
        for (int slot : taken) {
          gradients.get(slot).write(i, gradient[slot]);
        }
      }
    }

    private void readParameters(float[][] row) {
      parameters.forEach(
          (slot, parameter) -> {
            row[slot] = new float[width(slot)];
            parameter.value().read(0, row[slot]);
          });
    }

    /** What nobody keeps starts at zero. */
    private void read(Set<Integer> slots, Map<Integer, Matrix> from, int i, float[][] row) {
      for (int slot : slots) {
        Matrix kept = from.get(slot);
        if (kept == null) {
          Arrays.fill(row[slot], 0);
        } else {
          kept.read(i, row[slot]);
        }
      }
    }

    List<Runnable> parameterGradients(int rows, GradientUse use) {
      List<Runnable> pieces = new ArrayList<>();
      parameters.forEach(
          (slot, parameter) ->
              pieces.add(() -> use.take(parameter, to -> to.write(0, sum(slot, rows)))));
      return pieces;
    }

    private float[] sum(int slot, int rows) {
      float[] sum = new float[width(slot)];
      for (int piece = 0; piece * Pieces.ROWS < rows; piece++) {
        Loops.addScaled(sum, 0, 1, parameterGradients.get(slot)[piece], 0, 1, 1, sum.length);
      }
      return sum;
    }
  }

  /**
   * Reads an attention.
   *
   * @throws io.pneuma.inference.UnsupportedLayerException when its definition has an operation that
   *     is not known here, naming it
   */
  SameDiffStep(Context context) {
    threads = context.threads;
    definition = AttentionReader.read(context.vertex, context.layer);
    Ends ends = context.ends;
    int pieces = (ends.in.rows() + Pieces.ROWS - 1) / Pieces.ROWS;
    for (Level level : definition.levels()) {
      groups.add(new Group(level.rows(), context, pieces));
      for (Projection product : level.products()) {
        weights.put(product, context.parameters.apply(product.weight()));
      }
    }
    values.put(0, ends.in);
    gradients.put(0, ends.inGradient);
    values.put(definition.output(), ends.out);
    gradients.put(definition.output(), ends.outGradient);
    makeRooms(context.rooms);
    for (Projection product : weights.keySet()) {
      turned.put(product, new Turned(context.rooms.apply(width(product.output()))));
    }
    findFirsts();
    for (Group group : groups) {
      for (RowOperation operation : group.operations) {
        if (operation instanceof RowOperation.Squash squash) {
          Matrix out = values.get(squash.output());
          squashings.put(operation, new Squashing(squash.kind(), OneDnn.find().orElseThrow(), out));
        }
      }
    }
  }

  private int width(int slot) {
    return definition.widths().get(slot);
  }

  private void makeRooms(IntFunction<Matrix> rooms) {
    Set<Integer> both = new TreeSet<>();
    Set<Integer> kept = new TreeSet<>();
    for (Group group : groups) {
      both.addAll(group.taken);
      kept.addAll(group.remembered);
    }
    for (Projection product : weights.keySet()) {
      both.add(product.input());
      both.add(product.output());
    }
    kept.addAll(both);
    kept.forEach(slot -> values.computeIfAbsent(slot, key -> rooms.apply(width(key))));
    both.forEach(slot -> gradients.computeIfAbsent(slot, key -> rooms.apply(width(key))));
  }

  /** Who writes a gradient first, on the way back, need not add to it. */
  private void findFirsts() {
    Set<Integer> written = new HashSet<>(Set.of(definition.output()));
    for (int i = groups.size() - 1; i >= 0; i--) {
      for (Projection product : definition.levels().get(i).products()) {
        if (!written.add(product.input())) {
          later.add(product);
        }
      }
      for (int slot : groups.get(i).taken) {
        if (written.add(slot)) {
          groups.get(i).first.add(slot);
        }
      }
    }
  }

  /** Rows that a product takes: so many of each example. */
  private static Matrix some(Map<Integer, Matrix> all, int slot, Projection product, int rows) {
    return all.get(slot).rows(0, rows).split(product.rows());
  }

  /** Fills {@link Ends#out}. */
  void forward(int rows) {
    for (int i = 0; i < groups.size(); i++) {
      if (!groups.get(i).operations.isEmpty()) {
        threads.run(Pieces.cut(rows, Pieces.ROWS, groups.get(i)::forward));
      }
      threads.run(
          Pieces.together(
              definition.levels().get(i).products().stream()
                  .map(
                      product ->
                          Pieces.product(
                              some(values, product.input(), product, rows),
                              weights.get(product).value(),
                              some(values, product.output(), product, rows),
                              0))
                  .toList()));
    }
  }

  /** From {@link Ends#outGradient} to {@link Ends#inGradient}. */
  void backward(int rows) {
    for (int i = groups.size() - 1; i >= 0; i--) {
      Map<Integer, List<Projection>> byInput = new LinkedHashMap<>();
      for (Projection product : definition.levels().get(i).products()) {
        byInput.computeIfAbsent(product.input(), key -> new ArrayList<>()).add(product);
      }
      threads.run(
          Pieces.together(
              definition.levels().get(i).products().stream()
                  .map(one -> turned.get(one).copy(some(gradients, one.output(), one, rows)))
                  .toList()));
      threads.run(
          Pieces.together(byInput.values().stream().map(all -> backward(all, rows)).toList()));
      if (!groups.get(i).operations.isEmpty()) {
        threads.run(Pieces.cut(rows, Pieces.ROWS, groups.get(i)::backward));
      }
    }
  }

  /** din (+)= dout.W' of all products of the same input, which has as many rows for each. */
  private List<Runnable> backward(List<Projection> products, int rows) {
    Projection any = products.get(0);
    Matrix to = some(gradients, any.input(), any, rows);
    return Pieces.columns(
        to.columns(),
        (from, count) -> {
          Matrix sum = Scratch.PRODUCT.room(count, to.rows());
          for (Projection product : products) {
            turned
                .get(product)
                .multiply(
                    some(gradients, product.output(), product, rows),
                    weights.get(product).value().rows(from, count).transpose(),
                    sum,
                    product.equals(any) ? 0 : 1);
          }
          sum.turnInto(to.columns(from, count), later.contains(any));
        });
  }

  /** The gradients of the parameters, after {@link #backward}; these pieces read no parameter. */
  List<Runnable> gradients(int rows, GradientUse use) {
    List<Runnable> pieces = new ArrayList<>();
    for (int i = 0; i < groups.size(); i++) {
      pieces.addAll(groups.get(i).parameterGradients(rows, use));
      for (Projection product : definition.levels().get(i).products()) {
        pieces.addAll(
            Pieces.gradient(
                some(values, product.input(), product, rows).transpose(),
                some(gradients, product.output(), product, rows),
                weights.get(product),
                use));
      }
    }
    return pieces;
  }

  @Override
  public void close() {
    squashings.values().forEach(Squashing::close);
  }
}
