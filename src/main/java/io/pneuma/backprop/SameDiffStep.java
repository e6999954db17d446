package io.pneuma.backprop;

import io.pneuma.attention.AttentionLayer;
import io.pneuma.inference.OneDnn;
import io.pneuma.inference.UnsupportedLayerException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ops.BaseScalarOp;
import org.nd4j.linalg.api.ops.DynamicCustomOp;

/**
 * An attention by the operations of its own SameDiff definition: forward one after the other, and
 * backward in the opposite order, each adding to the gradients of what it took. All values are B x
 * columns. Known are the products with a parameter, sums, differences and products of elements,
 * with numbers as well, ReLU, sigmoid, tanh and softmax.
 */
final class SameDiffStep implements AttentionStep {
  private static final String FEATURES = "features";

  private final Threads threads;
  private final Ends ends;
  private final Map<String, Value> values = new HashMap<>();
  private final List<Operation> operations = new ArrayList<>();

  /** What a variable holds, with room for the largest batch. */
  private record Value(Matrix value, Matrix gradient) {}

  /** One operation. */
  private interface Operation {
    List<Runnable> forward(int rows);

    List<Runnable> backward(int rows);

    default List<Runnable> gradients(int rows, GradientUse use) {
      return List.of();
    }

    default void close() {}
  }

  /** What an operation does with the elements of a row. */
  private interface Elements {
    /** The result, given the inputs. */
    float[] forward(float[][] in);

    /** For each input what is added to its gradient. */
    float[][] backward(float[][] in, float[] out, float[] gradient);
  }

  /** A definition as it was read. */
  record Definition(List<SameDiffOp> ops, Map<String, long[]> parameters, String output) {}

  SameDiffStep(AttentionSteps.Context head) {
    threads = head.threads();
    ends = head.ends();
    Definition definition = read(head.layer().getLayerName(), head.layer());
    values.put(FEATURES, new Value(ends.in(), ends.inGradient()));
    for (SameDiffOp op : definition.ops) {
      String name = op.getOutputsOfOp().get(0);
      boolean product = op.getOp().opName().equals("matmul");
      String weight = op.getInputsToOp().get(op.getInputsToOp().size() - 1);
      int columns =
          product
              ? (int) definition.parameters.get(weight)[1]
              : values.get(op.getInputsToOp().get(0)).value.columns();
      Value out =
          name.equals(definition.output)
              ? new Value(ends.out(), ends.outGradient())
              : new Value(head.room(columns), head.room(columns));
      values.put(name, out);
      List<Value> in = op.getInputsToOp().stream().map(values::get).toList();
      operations.add(
          product
              ? new Product(in.get(0), head.parameter(weight), out)
              : op.getOp().opName().equals("sigmoid")
                  ? new SigmoidOfRows(in.get(0), out)
                  : new OfElements(in, elements(op), out));
    }
  }

  /**
   * Reads a definition.
   *
   * @throws UnsupportedLayerException when it does what is not known here, naming it
   */
  static Definition read(String vertex, AttentionLayer layer) {
    SameDiff graph = SameDiff.create();
    Map<String, long[]> shapes = layer.getLayerParams().getParamShapes();
    Map<String, SDVariable> parameters = new HashMap<>();
    shapes.forEach((name, shape) -> parameters.put(name, graph.var(name, DataType.FLOAT, shape)));
    SDVariable features = graph.placeHolder(FEATURES, DataType.FLOAT, -1, layer.getChannels());
    String output = layer.defineLayer(graph, features, parameters, null).name();
    List<SameDiffOp> ops = List.copyOf(graph.getOps().values());
    Map<String, Integer> columns = new HashMap<>(Map.of(FEATURES, layer.getChannels()));
    Set<String> unused = new HashSet<>(shapes.keySet());
    for (SameDiffOp op : ops) {
      if (!isKnown(op, shapes, columns, unused)) {
        throw new UnsupportedLayerException(
            vertex, layer.getClass().getSimpleName() + "'s " + op.getOp().opName());
      }
      String first = op.getInputsToOp().get(0);
      long[] weight = shapes.get(op.getInputsToOp().get(op.getInputsToOp().size() - 1));
      columns.put(
          op.getOutputsOfOp().get(0), weight == null ? columns.get(first) : (int) weight[1]);
    }
    boolean ends =
        !ops.isEmpty()
            && ops.get(ops.size() - 1).getOutputsOfOp().contains(output)
            && columns.get(output) == layer.getChannels();
    if (!ends || !unused.isEmpty()) {
      throw new UnsupportedLayerException(
          vertex,
          layer.getClass().getSimpleName() + (ends ? "'s unused " + unused : "'s last operation"));
    }
    return new Definition(ops, shapes, output);
  }

  /** Each parameter may stand in one product alone, whose gradient is its own. */
  private static boolean isKnown(
      SameDiffOp op, Map<String, long[]> shapes, Map<String, Integer> columns, Set<String> unused) {
    List<String> in = op.getInputsToOp();
    if (op.getOp().opName().equals("matmul")) {
      boolean plain =
          op.getOp() instanceof DynamicCustomOp custom
              && Arrays.stream(custom.iArgs()).allMatch(transposed -> transposed == 0);
      return plain
          && in.size() == 2
          && columns.containsKey(in.get(0))
          && shapes.containsKey(in.get(1))
          && shapes.get(in.get(1)).length == 2
          && unused.remove(in.get(1));
    }
    boolean alike =
        in.stream().allMatch(columns::containsKey)
            && in.stream().map(columns::get).distinct().count() == 1;
    return alike && (op.getOp().opName().equals("sigmoid") || elements(op) != null);
  }

  /** What an operation does with elements; null where it is not known. */
  private static Elements elements(SameDiffOp op) {
    double number =
        op.getOp() instanceof BaseScalarOp scalar && scalar.scalar() != null
            ? scalar.scalar().getDouble(0)
            : 0;
    int inputs = op.getInputsToOp().size();
    return switch (op.getOp().opName()) {
      case "add" -> inputs == 2 ? two((a, b) -> a + b, (a, b) -> 1f, (a, b) -> 1f) : null;
      case "subtract" -> inputs == 2 ? two((a, b) -> a - b, (a, b) -> 1f, (a, b) -> -1f) : null;
      case "multiply" -> inputs == 2 ? two((a, b) -> a * b, (a, b) -> b, (a, b) -> a) : null;
      case "add_scalar" -> one(a -> (float) (a + number), (a, out) -> 1f);
      case "mul_scalar" -> one(a -> (float) (a * number), (a, out) -> (float) number);
      case "relu" -> number == 0 ? one(a -> Math.max(a, 0), (a, out) -> a > 0 ? 1f : 0f) : null;
      case "tanh" -> one(a -> (float) Math.tanh(a), (a, out) -> 1 - out * out);
      case "softmax" -> isOfRows(op) ? new Softmax() : null;
      default -> null;
    };
  }

  private static boolean isOfRows(SameDiffOp op) {
    long[] dimension = ((DynamicCustomOp) op.getOp()).iArgs();
    return dimension.length == 0 || dimension[0] == -1 || dimension[0] == 1;
  }

  @FunctionalInterface
  private interface OfOne {
    float of(float a);
  }

  @FunctionalInterface
  private interface OfTwo {
    float of(float a, float b);
  }

  /**
   * Of each element alone.
   *
   * @param slope of the element and its result
   */
  private static Elements one(OfOne value, OfTwo slope) {
    return new Elements() {
      @Override
      public float[] forward(float[][] in) {
        float[] out = new float[in[0].length];
        for (int i = 0; i < out.length; i++) {
          out[i] = value.of(in[0][i]);
        }
        return out;
      }

      @Override
      public float[][] backward(float[][] in, float[] out, float[] gradient) {
        float[] to = new float[out.length];
        for (int i = 0; i < to.length; i++) {
          to[i] = gradient[i] * slope.of(in[0][i], out[i]);
        }
        return new float[][] {to};
      }
    };
  }

  /** Of two elements each, with the slopes by either. */
  private static Elements two(OfTwo value, OfTwo byFirst, OfTwo bySecond) {
    return new Elements() {
      @Override
      public float[] forward(float[][] in) {
        float[] out = new float[in[0].length];
        for (int i = 0; i < out.length; i++) {
          out[i] = value.of(in[0][i], in[1][i]);
        }
        return out;
      }

      @Override
      public float[][] backward(float[][] in, float[] out, float[] gradient) {
        float[][] to = new float[2][out.length];
        for (int i = 0; i < out.length; i++) {
          to[0][i] = gradient[i] * byFirst.of(in[0][i], in[1][i]);
          to[1][i] = gradient[i] * bySecond.of(in[0][i], in[1][i]);
        }
        return to;
      }
    };
  }

  /** Of a whole row: dx = s * (dy - sum(s * dy)). */
  private static final class Softmax implements Elements {
    @Override
    public float[] forward(float[][] in) {
      float most = Float.NEGATIVE_INFINITY;
      for (float each : in[0]) {
        most = Math.max(most, each);
      }
      double sum = 0;
      float[] out = new float[in[0].length];
      for (int i = 0; i < out.length; i++) {
        out[i] = (float) Math.exp(in[0][i] - most);
        sum += out[i];
      }
      for (int i = 0; i < out.length; i++) {
        out[i] = (float) (out[i] / sum);
      }
      return out;
    }

    @Override
    public float[][] backward(float[][] in, float[] out, float[] gradient) {
      double sum = 0;
      for (int i = 0; i < out.length; i++) {
        sum += out[i] * gradient[i];
      }
      float[] to = new float[out.length];
      for (int i = 0; i < to.length; i++) {
        to[i] = (float) (out[i] * (gradient[i] - sum));
      }
      return new float[][] {to};
    }
  }

  /** out = in.W, din += dout.W', dW = in'.dout. */
  private record Product(Value in, Parameter weight, Value out) implements Operation {
    @Override
    public List<Runnable> forward(int rows) {
      return Pieces.product(in.value.rows(0, rows), weight.value(), out.value.rows(0, rows), 0);
    }

    @Override
    public List<Runnable> backward(int rows) {
      Matrix gradient = out.gradient.rows(0, rows);
      return Pieces.product(gradient, weight.value().transpose(), in.gradient.rows(0, rows), 1);
    }

    @Override
    public List<Runnable> gradients(int rows, GradientUse use) {
      Matrix transposed = in.value.rows(0, rows).transpose();
      return Pieces.gradient(transposed, out.gradient.rows(0, rows), weight, use);
    }
  }

  /** Row by row. */
  private record OfElements(List<Value> in, Elements elements, Value out) implements Operation {
    private float[][] inputs(int row) {
      float[][] inputs = new float[in.size()][out.value.columns()];
      for (int i = 0; i < inputs.length; i++) {
        in.get(i).value.read(row, inputs[i]);
      }
      return inputs;
    }

    @Override
    public List<Runnable> forward(int rows) {
      return eachRow(rows, row -> out.value.write(row, elements.forward(inputs(row))));
    }

    @Override
    public List<Runnable> backward(int rows) {
      return eachRow(
          rows,
          row -> {
            float[] result = new float[out.value.columns()];
            float[] gradient = new float[result.length];
            out.value.read(row, result);
            out.gradient.read(row, gradient);
            float[][] to = elements.backward(inputs(row), result, gradient);
            for (int i = 0; i < to.length; i++) {
              add(in.get(i).gradient, row, to[i]);
            }
          });
    }
  }

  /** In vector registers, as Java has no exp; dx = dy * s * (1 - s). */
  private static final class SigmoidOfRows implements Operation {
    private final Value in;
    private final Value out;
    private final Sigmoids sigmoids;

    SigmoidOfRows(Value in, Value out) {
      this.in = in;
      this.out = out;
      this.sigmoids = new Sigmoids(OneDnn.find().orElseThrow(), out.value);
    }

    @Override
    public List<Runnable> forward(int rows) {
      return eachRow(
          rows,
          row -> {
            float[] values = new float[out.value.columns()];
            in.value.read(row, values);
            out.value.write(row, values);
            sigmoids.apply(row);
          });
    }

    @Override
    public List<Runnable> backward(int rows) {
      return eachRow(
          rows,
          row -> {
            float[] s = new float[out.value.columns()];
            float[] gradient = new float[s.length];
            out.value.read(row, s);
            out.gradient.read(row, gradient);
            for (int i = 0; i < s.length; i++) {
              gradient[i] *= s[i] * (1 - s[i]);
            }
            add(in.gradient, row, gradient);
          });
    }

    @Override
    public void close() {
      sigmoids.close();
    }
  }

  @FunctionalInterface
  private interface OfRow {
    void take(int row);
  }

  private static List<Runnable> eachRow(int rows, OfRow work) {
    return Pieces.cut(
        rows,
        Pieces.ROWS,
        (from, count) -> {
          for (int row = from; row < from + count; row++) {
            work.take(row);
          }
        });
  }

  private static void add(Matrix gradients, int row, float[] more) {
    float[] sum = new float[more.length];
    gradients.read(row, sum);
    for (int i = 0; i < sum.length; i++) {
      sum[i] += more[i];
    }
    gradients.write(row, sum);
  }

  @Override
  public void forward(int rows) {
    operations.forEach(operation -> threads.run(operation.forward(rows)));
  }

  @Override
  public void backward(int rows) {
    List<Runnable> zeros = new ArrayList<>();
    for (Value value : values.values()) {
      if (value.gradient != ends.outGradient()) {
        zeros.addAll(
            eachRow(rows, row -> value.gradient.write(row, new float[value.gradient.columns()])));
      }
    }
    threads.run(zeros);
    for (int i = operations.size() - 1; i >= 0; i--) {
      threads.run(operations.get(i).backward(rows));
    }
  }

  @Override
  public List<Runnable> gradients(int rows, GradientUse use) {
    return Pieces.together(
        operations.stream().map(operation -> operation.gradients(rows, use)).toList());
  }

  @Override
  public void close() {
    operations.forEach(Operation::close);
  }
}
