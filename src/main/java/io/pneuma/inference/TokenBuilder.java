package io.pneuma.inference;

import io.pneuma.computation.Activation;
import io.pneuma.computation.Shape;
import io.pneuma.computation.Step.Crop;
import io.pneuma.computation.Step.Grid;
import io.pneuma.computation.Step.LayerNorm;
import io.pneuma.computation.Step.Mix;
import io.pneuma.computation.Step.Scores;
import io.pneuma.computation.Step.Softmax;
import io.pneuma.computation.Step.Tokens;
import io.pneuma.inference.Call.Operand;
import io.pneuma.onednn.After;
import io.pneuma.onednn.Argument;
import io.pneuma.onednn.Form;
import io.pneuma.onednn.NativeParts;
import io.pneuma.onednn.Primitive;
import io.pneuma.onednn.Primitives;
import io.pneuma.onednn.Stored;
import java.util.List;
import java.util.Map;

/**
 * Makes oneDNN's primitives for what transformers are made of, on maps that lie by {@link
 * Layout#ROWS}. N images, T tokens, C channels, H heads, D = C / H.
 */
final class TokenBuilder {
  private final Primitives primitives;
  private final Map<String, Shape> shapes;
  private final int images;
  private final NativeParts parts;

  TokenBuilder(Primitives primitives, Map<String, Shape> shapes, int images, NativeParts parts) {
    this.primitives = primitives;
    this.shapes = shapes;
    this.images = images;
    this.parts = parts;
  }

  private Call call(
      Primitive primitive, Map<Integer, Stored> parameters, Map<Integer, Operand> maps) {
    return Call.of(parts, images, primitive, parameters, maps);
  }

  private Call copy(Operand from, Operand to) {
    return Call.copy(parts, images, primitives, from, to);
  }

  Call norm(LayerNorm norm) {
    int channels = norm.shape().channels();
    long[] rows = {(long) images * norm.shape().pixels(), channels};
    Form lies = Form.dense(rows);
    Form pair = Form.dense(2, channels);
    return call(
        primitives.layerNorm(lies, norm.epsilon()),
        Map.of(
            Argument.SCALE_SHIFT,
            parts.parameter(CallBuilder.joined(norm.gain(), norm.bias()), pair, pair)),
        Map.of(
            Argument.SOURCE, new Operand(norm.input(), lies, 0),
            Argument.TARGET, new Operand(norm.output(), lies, 0)));
  }

  /** Rows of tokens of all images, N x C x count x 1, out of images with so many tokens. */
  private Form rows(int channels, int count, int tokens) {
    return Form.strided(
        new long[] {images, channels, count, 1}, (long) tokens * channels, 1, channels, channels);
  }

  List<Call> row(Tokens row) {
    int channels = row.shape().channels();
    int tokens = row.shape().height();
    int pixels = tokens - 1;
    Form patches = rows(channels, pixels, pixels);
    Form positions =
        Form.strided(
            new long[] {1, channels, pixels, 1}, (long) pixels * channels, 1, channels, channels);
    Form behind = rows(channels, pixels, tokens);
    float[] each = new float[images * channels];
    for (int image = 0; image < images; image++) {
      System.arraycopy(row.token(), 0, each, image * channels, channels);
    }
    Form given = rows(channels, 1, 1);
    Form first = rows(channels, 1, tokens);
    return List.of(
        call(
            primitives.sum(patches, positions, behind, After.NOTHING),
            Map.of(Argument.SECOND_SOURCE, parts.parameter(row.positions(), positions, positions)),
            Map.of(
                Argument.SOURCE, new Operand(row.input(), patches, 0),
                Argument.TARGET, new Operand(row.output(), behind, (long) channels * Float.BYTES))),
        call(
            primitives.copy(given, first),
            Map.of(Argument.SOURCE, parts.parameter(each, given, given)),
            Map.of(Argument.TARGET, new Operand(row.output(), first, 0))));
  }

  Call crop(Crop crop) {
    int channels = crop.shape().channels();
    Form from = rows(channels, 1, shapes.get(crop.input()).height());
    return copy(
        new Operand(crop.input(), from, 0), new Operand(crop.output(), rows(channels, 1, 1), 0));
  }

  Call grid(Grid grid) {
    int channels = grid.shape().channels();
    int pixels = grid.shape().pixels();
    Form from = rows(channels, pixels, pixels + 1);
    return copy(
        new Operand(grid.input(), from, (long) channels * Float.BYTES),
        new Operand(grid.output(), rows(channels, pixels, pixels), 0));
  }

  /** Queries (0), keys (1) or values (2): N x H x rows x D, the first rows of all tokens. */
  private Operand third(String input, int which, int heads, int rows) {
    Shape all = shapes.get(input);
    int channels = all.channels() / 3;
    int width = channels / heads;
    long row = all.channels();
    Form lies =
        Form.strided(new long[] {images, heads, rows, width}, all.height() * row, width, row, 1);
    return new Operand(input, lies, (long) which * channels * Float.BYTES);
  }

  private Form weights(Shape shape) {
    return Form.dense(images, shape.channels(), shape.height(), shape.width());
  }

  Call scores(Scores scores) {
    int heads = scores.shape().channels();
    int tokens = scores.shape().width();
    Operand queries = third(scores.input(), 0, heads, scores.shape().height());
    Operand keys = third(scores.input(), 1, heads, tokens);
    int width = shapes.get(scores.input()).channels() / 3 / heads;
    Form turned = keys.lies().permuted(0, 1, 3, 2);
    After scale = new After((float) (1 / Math.sqrt(width)), false, Activation.IDENTITY);
    Form lies = weights(scores.shape());
    return call(
        primitives.matmul(queries.lies(), turned, lies, scale),
        Map.of(),
        Map.of(
            Argument.SOURCE, queries,
            Argument.WEIGHTS, new Operand(keys.name(), turned, keys.offset()),
            Argument.TARGET, new Operand(scores.output(), lies, 0)));
  }

  Call softmax(Softmax softmax) {
    Form lies = weights(softmax.shape());
    return call(
        primitives.softmax(lies, 3),
        Map.of(),
        Map.of(
            Argument.SOURCE, new Operand(softmax.input(), lies, 0),
            Argument.TARGET, new Operand(softmax.output(), lies, 0)));
  }

  Call mix(Mix mix) {
    Shape weights = shapes.get(mix.weights());
    int heads = weights.channels();
    Operand values = third(mix.input(), 2, heads, weights.width());
    int channels = mix.shape().channels();
    int queries = mix.shape().height();
    int width = channels / heads;
    Form lies =
        Form.strided(
            new long[] {images, heads, queries, width},
            (long) queries * channels,
            width,
            channels,
            1);
    return call(
        primitives.matmul(weights(weights), values.lies(), lies, After.NOTHING),
        Map.of(),
        Map.of(
            Argument.SOURCE, new Operand(mix.weights(), weights(weights), 0),
            Argument.WEIGHTS, values,
            Argument.TARGET, new Operand(mix.output(), lies, 0)));
  }
}
