package io.pneuma.backprop;

import io.pneuma.attention.AttentionLayer;
import io.pneuma.computation.Activation;
import io.pneuma.computation.UnsupportedLayerException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ops.BaseReduceOp;
import org.nd4j.linalg.api.ops.BaseScalarOp;
import org.nd4j.linalg.api.ops.DynamicCustomOp;

/**
 * Reads what an attention computes from its SameDiff definition. Known are: matmul (with a
 * parameter, or of values batch by batch), add, subtract and multiply with what repeats, the same
 * with numbers, division by a number, ReLU, sigmoid, tanh, softmax over the last dimension, mean
 * and sum over others than the batch, reshape, permute, and conv1d of one channel.
 *
 * <p>An array's first dimension is the batch, or a multiple of it, as after {@code reshape(-1, M)}:
 * what is known of it here is how many of its rows belong to one example.
 */
final class AttentionReader {
  private static final String FEATURES = "features";
  private static final long ROW_MAJOR = -99; // 'c', as reshape has it.

  private final String vertex;
  private final AttentionLayer layer;
  private final Map<String, long[]> parameters;
  private final Set<String> unused;
  private final Map<String, Value> values = new HashMap<>();
  private final List<Integer> widths = new ArrayList<>();
  private final List<Object> operations = new ArrayList<>(); // RowOperation or Projection.
  private final Map<Integer, String> small = new HashMap<>();

  /** An array of one example, somewhere in a slot; the first size counts rows of an example. */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  private record Value(int slot, int[] sizes, int[] strides) {
    static Value dense(int slot, int... sizes) {
      int[] strides = new int[sizes.length];
      int stride = 1;
      for (int i = sizes.length - 1; i >= 0; i--) {
        strides[i] = stride;
        stride *= sizes[i];
      }
      return new Value(slot, sizes, strides);
    }

    int length() {
      return product(sizes);
    }

    boolean isDense() {
      int[] dense = dense(slot, sizes).strides;
      return IntStream.range(0, sizes.length)
          .allMatch(i -> sizes[i] == 1 || strides[i] == dense[i]);
    }

    /** Its strides among arrays of more dimensions and larger ones, in which it repeats. */
    int[] repeated(int[] larger) {
      int[] all = new int[larger.length];
      for (int i = 0; i < sizes.length; i++) {
        all[larger.length - 1 - i] =
            sizes[sizes.length - 1 - i] == 1 ? 0 : strides[sizes.length - 1 - i];
      }
      return all;
    }
  }

  /**
   * The product with a matrix of weights.
   *
   * @param rows how many rows of an example it takes
   */
  record Projection(int input, String weight, int output, int rows) {}

  /** Operations on rows, then products of what there is by then. */
  record Level(List<RowOperation> rows, List<Projection> products) {
    /** Takes copies. */
    Level {
      rows = List.copyOf(rows);
      products = List.copyOf(products);
    }
  }

  /**
   * A definition. The features are in slot 0.
   *
   * @param widths numbers of an example in each slot
   * @param parameters those that slots hold, the same for all examples
   * @param output the slot of what comes out
   */
  record Definition(
      List<Integer> widths, Map<Integer, String> parameters, List<Level> levels, int output) {}

  private AttentionReader(String vertex, AttentionLayer layer) {
    this.vertex = vertex;
    this.layer = layer;
    this.parameters = layer.getLayerParams().getParamShapes();
    this.unused = new HashSet<>(parameters.keySet());
  }

  /**
   * Reads a definition.
   *
   * @throws UnsupportedLayerException when it does what is not known here, naming it
   */
  static Definition read(String vertex, AttentionLayer layer) {
    return new AttentionReader(vertex, layer).read();
  }

  private Definition read() {
    SameDiff graph = SameDiff.create();
    Map<String, SDVariable> variables = new HashMap<>();
    parameters.forEach(
        (name, shape) -> variables.put(name, graph.var(name, DataType.FLOAT, shape)));
    SDVariable features = graph.placeHolder(FEATURES, DataType.FLOAT, -1, layer.inputs());
    String output = layer.defineLayer(graph, features, variables, null).name();
    values.put(FEATURES, Value.dense(slot(layer.inputs()), 1, layer.inputs()));
    for (SameDiffOp op : graph.getOps().values()) {
      require(op.getOutputsOfOp().size() == 1, op);
      values.put(op.getOutputsOfOp().get(0), read(op));
    }
    Value last = values.get(output);
    if (last == null || last.length() != layer.getChannels()) {
      throw unknown("output of another size than its channels");
    }
    boolean copied = last.slot == 0 || !last.isDense() || small.containsKey(last.slot);
    int out = copied ? copy(last).slot : last.slot;
    dropWhatNobodyNeeds(out);
    if (!unused.isEmpty()) {
      throw unknown("unused " + unused);
    }
    return new Definition(List.copyOf(widths), small, levels(), out);
  }

  private UnsupportedLayerException unknown(String what) {
    return new UnsupportedLayerException(vertex, layer.getClass().getSimpleName() + "'s " + what);
  }

  private void require(boolean known, SameDiffOp op) {
    if (!known) {
      throw unknown(op.getOp().opName() + " of " + op.getInputsToOp());
    }
  }

  private int slot(int width) {
    widths.add(width);
    return widths.size() - 1;
  }

  private Value read(SameDiffOp op) {
    String name = op.getOp().opName();
    return switch (name) {
      case "matmul" -> matmul(op);
      case "add", "subtract", "multiply" -> elements(op, name);
      case "add_scalar" -> scaled(input(op, 0), 1, number(op));
      case "sub_scalar" -> scaled(input(op, 0), 1, -number(op));
      case "rsub_scalar" -> scaled(input(op, 0), -1, number(op));
      case "mul_scalar" -> scaled(input(op, 0), number(op), 0);
      case "div_scalar" -> scaled(input(op, 0), 1 / number(op), 0);
      case "neg" -> scaled(input(op, 0), -1, 0);
      case "relu", "sigmoid", "tanh", "softmax" -> nonlinear(op, name);
      case "reduce_mean" -> reduced(op, true);
      case "reduce_sum" -> reduced(op, false);
      case "reshape" -> reshaped(op);
      case "permute" -> permuted(op);
      case "conv1d" -> convolved(op);
      default -> throw unknown(name);
    };
  }

  /** A value that is no parameter. */
  private Value input(SameDiffOp op, int which) {
    Value value = values.get(op.getInputsToOp().get(which));
    require(value != null, op);
    return value;
  }

  /** A value, or a parameter of one dimension, which repeats itself for each example. */
  private Value operand(SameDiffOp op, int which) {
    String name = op.getInputsToOp().get(which);
    long[] shape = parameters.get(name);
    if (shape == null) {
      return input(op, which);
    }
    require(Arrays.stream(shape).filter(size -> size > 1).count() <= 1, op);
    int[] sizes = Arrays.stream(shape).mapToInt(Math::toIntExact).toArray();
    int slot = slot(product(sizes));
    small.put(slot, name);
    require(unused.remove(name), op);
    return Value.dense(slot, sizes);
  }

  private static double number(SameDiffOp op) {
    return ((BaseScalarOp) op.getOp()).scalar().getDouble(0);
  }

  private static long[] integers(SameDiffOp op) {
    return ((DynamicCustomOp) op.getOp()).iArgs();
  }

  private Value scaled(Value in, double factor, double shift) {
    Value out = Value.dense(slot(in.length()), in.sizes);
    Walk walk = Walk.through(in.sizes, out.strides, in.strides);
    operations.add(new RowOperation.Linear(in.slot, out.slot, walk, (float) factor, (float) shift));
    return out;
  }

  private Value copy(Value in) {
    return scaled(in, 1, 0);
  }

  private Value dense(Value in) {
    return in.isDense() ? in : copy(in);
  }

  private Value elements(SameDiffOp op, String name) {
    require(op.getInputsToOp().size() == 2, op);
    Value left = operand(op, 0);
    Value right = operand(op, 1);
    int rank = Math.max(left.sizes.length, right.sizes.length);
    int[] sizes = new int[rank];
    for (int i = 0; i < rank; i++) {
      int a = size(left, rank - i);
      int b = size(right, rank - i);
      require(a == b || a == 1 || b == 1, op);
      sizes[i] = Math.max(a, b);
    }
    for (Value each : List.of(left, right)) { // Only parameters lack the batch's dimension.
      boolean first = each.sizes.length < rank || each.sizes[0] == 1;
      require(
          small.containsKey(each.slot)
              ? first
              : each.sizes.length == rank && each.sizes[0] == sizes[0],
          op);
    }
    Value out = Value.dense(slot(product(sizes)), sizes);
    Walk walk = Walk.through(sizes, out.strides, left.repeated(sizes), right.repeated(sizes));
    operations.add(
        name.equals("multiply")
            ? new RowOperation.Product(left.slot, right.slot, out.slot, walk)
            : new RowOperation.Sum(
                left.slot, right.slot, out.slot, walk, name.equals("add") ? 1 : -1));
    return out;
  }

  private static int size(Value value, int fromBehind) {
    int at = value.sizes.length - fromBehind;
    return at < 0 ? 1 : value.sizes[at];
  }

  private Value nonlinear(SameDiffOp op, String name) {
    Value in = dense(input(op, 0));
    Value out = Value.dense(slot(in.length()), in.sizes);
    int last = in.sizes.length - 1;
    switch (name) {
      case "relu" -> {
        require(number(op) == 0, op);
        operations.add(new RowOperation.Relu(in.slot, out.slot));
      }
      case "softmax" -> {
        long[] along = integers(op);
        require(along.length == 0 || along[0] == -1 || along[0] == last, op);
        require(last > 0, op);
        operations.add(new RowOperation.Softmax(in.slot, out.slot, in.sizes[last]));
      }
      default ->
          operations.add(
              new RowOperation.Squash(
                  in.slot, out.slot, name.equals("tanh") ? Activation.TANH : Activation.SIGMOID));
    }
    return out;
  }

  private Value reduced(SameDiffOp op, boolean mean) {
    Value in = input(op, 0);
    BaseReduceOp reduction = (BaseReduceOp) op.getOp();
    int rank = in.sizes.length;
    require(reduction.dimensions() != null, op);
    Set<Integer> gone = new HashSet<>();
    for (int dimension : reduction.dimensions().toIntVector()) {
      gone.add(dimension < 0 ? dimension + rank : dimension);
    }
    require(!gone.isEmpty() && gone.stream().allMatch(i -> i > 0 && i < rank), op);
    int[] kept = in.sizes.clone();
    gone.forEach(i -> kept[i] = 1);
    Value out = Value.dense(slot(product(kept)), kept);
    Walk walk = Walk.through(in.sizes, out.repeated(in.sizes), in.strides);
    float factor = mean ? (float) product(kept) / in.length() : 1;
    operations.add(new RowOperation.Linear(in.slot, out.slot, walk, factor, 0));
    return reduction.isKeepDims()
        ? out
        : Value.dense(
            out.slot,
            IntStream.range(0, rank).filter(i -> !gone.contains(i)).map(i -> kept[i]).toArray());
  }

  private Value reshaped(SameDiffOp op) {
    Value in = dense(input(op, 0));
    long[] wanted = integers(op);
    require(op.getInputsToOp().size() == 1 && wanted.length > 1, op);
    require(wanted[0] == ROW_MAJOR && wanted[1] == -1, op);
    int[] sizes = Arrays.stream(wanted, 1, wanted.length).mapToInt(Math::toIntExact).toArray();
    sizes[0] = 1;
    require(Arrays.stream(sizes).allMatch(size -> size > 0), op);
    require(in.length() % product(sizes) == 0, op);
    sizes[0] = in.length() / product(sizes);
    return Value.dense(in.slot, sizes);
  }

  private Value permuted(SameDiffOp op) {
    Value in = input(op, 0);
    long[] order = integers(op);
    require(order.length == in.sizes.length && order[0] == 0, op);
    return new Value(
        in.slot,
        Arrays.stream(order).mapToInt(i -> in.sizes[(int) i]).toArray(),
        Arrays.stream(order).mapToInt(i -> in.strides[(int) i]).toArray());
  }

  /** Kernel, stride, padding, same, dilation, format: as SameDiff has them. */
  private Value convolved(SameDiffOp op) {
    Value in = dense(input(op, 0));
    long[] settings = integers(op);
    long[] weight = parameters.get(op.getInputsToOp().get(1));
    require(op.getInputsToOp().size() == 2 && weight != null && weight.length == 3, op);
    require(weight[0] % 2 == 1 && weight[1] == 1 && weight[2] == 1, op);
    require(in.sizes.length == 3 && in.sizes[1] == 1 && weight[0] <= in.sizes[2], op);
    require(Arrays.equals(settings, new long[] {weight[0], 1, 0, 1, 1, 0}), op);
    Value kernel = operand(op, 1);
    Value out = Value.dense(slot(in.length()), in.sizes);
    operations.add(
        new RowOperation.Convolution(in.slot, kernel.slot, out.slot, in.sizes[2], kernel.length()));
    return out;
  }

  private Value matmul(SameDiffOp op) {
    require(op.getInputsToOp().size() == 2, op);
    require(Arrays.stream(integers(op)).allMatch(transposed -> transposed == 0), op);
    long[] weight = parameters.get(op.getInputsToOp().get(1));
    Value left = input(op, 0);
    if (weight != null) {
      int last = left.sizes[left.sizes.length - 1];
      require(weight.length == 2 && weight[0] == last, op);
      require(left.sizes.length == 2 && unused.remove(op.getInputsToOp().get(1)), op);
      Value in = dense(left);
      Value out = Value.dense(slot(in.sizes[0] * (int) weight[1]), in.sizes[0], (int) weight[1]);
      operations.add(new Projection(in.slot, op.getInputsToOp().get(1), out.slot, in.sizes[0]));
      return out;
    }
    Value right = input(op, 1);
    int rank = left.sizes.length;
    require(rank > 2 && right.sizes.length == rank, op); // Rows of a matrix are examples.
    int[] batch = Arrays.copyOf(left.sizes, rank - 2);
    require(Arrays.equals(batch, Arrays.copyOf(right.sizes, rank - 2)), op);
    int m = left.sizes[rank - 2];
    int k = left.sizes[rank - 1];
    int n = right.sizes[rank - 1];
    require(right.sizes[rank - 2] == k, op);
    int[] sizes = left.sizes.clone();
    sizes[rank - 1] = n;
    Value out = Value.dense(slot(product(sizes)), sizes);
    Walk walk =
        Walk.through(
            batch,
            Arrays.copyOf(out.strides, rank - 2),
            Arrays.copyOf(left.strides, rank - 2),
            Arrays.copyOf(right.strides, rank - 2));
    int[][] strides = {lastTwo(out), lastTwo(left), lastTwo(right)};
    operations.add(
        new RowOperation.MatrixProduct(
            left.slot, right.slot, out.slot, walk, new int[] {m, k, n}, strides));
    return out;
  }

  private static int[] lastTwo(Value value) {
    int rank = value.strides.length;
    return Arrays.copyOfRange(value.strides, rank - 2, rank);
  }

  private static int product(int[] sizes) {
    return Arrays.stream(sizes).reduce(1, Math::multiplyExact);
  }

  private static List<Integer> inputs(Object operation) {
    return operation instanceof RowOperation row
        ? row.inputs()
        : List.of(((Projection) operation).input);
  }

  private static int output(Object operation) {
    return operation instanceof RowOperation row ? row.output() : ((Projection) operation).output;
  }

  private void dropWhatNobodyNeeds(int out) {
    Set<Integer> needed = new HashSet<>(Set.of(out));
    for (int i = operations.size() - 1; i >= 0; i--) {
      if (needed.contains(output(operations.get(i)))) {
        needed.addAll(inputs(operations.get(i)));
      } else {
        Object gone = operations.remove(i);
        if (gone instanceof Projection projection) {
          unused.add(projection.weight);
        }
        inputs(gone).stream().filter(small::containsKey).map(small::get).forEach(unused::add);
      }
    }
    if (!needed.contains(0)) {
      throw unknown("output, which does not depend on the features");
    }
  }

  private List<Level> levels() {
    Set<Integer> there = new HashSet<>(small.keySet());
    there.add(0);
    List<Level> levels = new ArrayList<>();
    List<Object> open = new ArrayList<>(operations);
    while (!open.isEmpty()) {
      List<RowOperation> rows = new ArrayList<>();
      List<Projection> products = new ArrayList<>();
      for (Iterator<Object> all = open.iterator(); all.hasNext(); ) {
        if (all.next() instanceof RowOperation row && there.containsAll(row.inputs())) {
          rows.add(row);
          there.add(row.output());
          all.remove();
        }
      }
      for (Iterator<Object> all = open.iterator(); all.hasNext(); ) {
        if (all.next() instanceof Projection product && there.contains(product.input)) {
          products.add(product);
          all.remove();
        }
      }
      products.forEach(product -> there.add(product.output));
      levels.add(new Level(rows, products));
    }
    return levels;
  }
}
