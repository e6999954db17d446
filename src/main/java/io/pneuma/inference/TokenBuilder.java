package io.pneuma.inference;

import io.pneuma.computation.Activation;
import io.pneuma.computation.Layout;
import io.pneuma.computation.Shape;
import io.pneuma.computation.Step.Crop;
import io.pneuma.computation.Step.Grid;
import io.pneuma.computation.Step.LayerNorm;
import io.pneuma.computation.Step.Mix;
import io.pneuma.computation.Step.Scores;
import io.pneuma.computation.Step.Softmax;
import io.pneuma.computation.Step.Tokens;
import io.pneuma.inference.Call.Operand;
import java.util.List;
import java.util.Map;
import org.bytedeco.dnnl.binary;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.layer_normalization_forward;
import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.data_type;
import org.bytedeco.dnnl.memory.format_tag;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.reorder;
import org.bytedeco.dnnl.softmax_forward;

/**
 * Makes oneDNN's primitives for what transformers are made of, on maps that lie by {@link
 * Layout#ROWS}. N images, T tokens, C channels, H heads, D = C / H.
 */
final class TokenBuilder {
  private final engine cpu;
  private final Map<String, Shape> shapes;
  private final int images;
  private final NativeParts parts;

  TokenBuilder(engine cpu, Map<String, Shape> shapes, int images, NativeParts parts) {
    this.cpu = cpu;
    this.shapes = shapes;
    this.images = images;
    this.parts = parts;
  }

  private static memory.desc strided(long[] sizes, long... strides) {
    return new memory.desc(sizes, data_type.f32, strides);
  }

  Call norm(LayerNorm norm) {
    int channels = norm.shape().channels();
    long[] rows = {(long) images * norm.shape().pixels(), channels};
    memory.desc lies = new memory.desc(rows, data_type.f32, format_tag.ab);
    var chosen =
        new layer_normalization_forward.primitive_desc(
            new layer_normalization_forward.desc(
                CallBuilder.INFERENCE, lies, norm.epsilon(), dnnl.dnnl_use_scaleshift),
            Attributes.plain(),
            cpu);
    memory.desc pair = new memory.desc(new long[] {2, channels}, data_type.f32, format_tag.ab);
    return parts.call(
        images,
        new layer_normalization_forward(chosen),
        chosen,
        Map.of(
            dnnl.DNNL_ARG_SCALE_SHIFT,
            parts.parameter(CallBuilder.joined(norm.gain(), norm.bias()), pair, pair)),
        Map.of(
            dnnl.DNNL_ARG_SRC, new Operand(norm.input(), lies, 0),
            dnnl.DNNL_ARG_DST, new Operand(norm.output(), lies, 0)));
  }

  /** Rows of tokens of all images, N x C x count x 1, out of images with so many tokens. */
  private memory.desc rows(int channels, int count, int tokens) {
    return strided(
        new long[] {images, channels, count, 1}, (long) tokens * channels, 1, channels, channels);
  }

  List<Call> row(Tokens row) {
    int channels = row.shape().channels();
    int tokens = row.shape().height();
    int pixels = tokens - 1;
    memory.desc patches = rows(channels, pixels, pixels);
    memory.desc positions =
        strided(
            new long[] {1, channels, pixels, 1}, (long) pixels * channels, 1, channels, channels);
    memory.desc behind = rows(channels, pixels, tokens);
    var sum =
        new binary.primitive_desc(
            new binary.desc(dnnl.dnnl_binary_add, patches, positions, behind),
            Attributes.plain(),
            cpu);
    float[] each = new float[images * channels];
    for (int image = 0; image < images; image++) {
      System.arraycopy(row.token(), 0, each, image * channels, channels);
    }
    memory.desc given = rows(channels, 1, 1);
    memory.desc first = rows(channels, 1, tokens);
    var copy = new reorder.primitive_desc(cpu, given, cpu, first, Attributes.plain(), false);
    return List.of(
        parts.call(
            images,
            new binary(sum),
            sum,
            Map.of(dnnl.DNNL_ARG_SRC_1, parts.parameter(row.positions(), positions, positions)),
            Map.of(
                dnnl.DNNL_ARG_SRC_0, new Operand(row.input(), patches, 0),
                dnnl.DNNL_ARG_DST,
                    new Operand(row.output(), behind, (long) channels * Float.BYTES))),
        parts.call(
            images,
            new reorder(copy),
            copy,
            Map.of(dnnl.DNNL_ARG_FROM, parts.parameter(each, given, given)),
            Map.of(dnnl.DNNL_ARG_TO, new Operand(row.output(), first, 0))));
  }

  Call crop(Crop crop) {
    int channels = crop.shape().channels();
    memory.desc from = rows(channels, 1, shapes.get(crop.input()).height());
    return parts.copy(
        images,
        new Operand(crop.input(), from, 0),
        new Operand(crop.output(), rows(channels, 1, 1), 0));
  }

  Call grid(Grid grid) {
    int channels = grid.shape().channels();
    int pixels = grid.shape().pixels();
    memory.desc from = rows(channels, pixels, pixels + 1);
    return parts.copy(
        images,
        new Operand(grid.input(), from, (long) channels * Float.BYTES),
        new Operand(grid.output(), rows(channels, pixels, pixels), 0));
  }

  /** Queries (0), keys (1) or values (2): N x H x rows x D, the first rows of all tokens. */
  private Operand third(String input, int which, int heads, int rows) {
    Shape all = shapes.get(input);
    int channels = all.channels() / 3;
    int width = channels / heads;
    long row = all.channels();
    memory.desc lies =
        strided(new long[] {images, heads, rows, width}, all.height() * row, width, row, 1);
    return new Operand(input, lies, (long) which * channels * Float.BYTES);
  }

  private memory.desc weights(Shape shape) {
    return new memory.desc(
        new long[] {images, shape.channels(), shape.height(), shape.width()},
        data_type.f32,
        format_tag.abcd);
  }

  Call scores(Scores scores) {
    int heads = scores.shape().channels();
    int tokens = scores.shape().width();
    Operand queries = third(scores.input(), 0, heads, scores.shape().height());
    Operand keys = third(scores.input(), 1, heads, tokens);
    int width = shapes.get(scores.input()).channels() / 3 / heads;
    memory.desc turned = keys.lies().permute_axes(new int[] {0, 1, 3, 2});
    post_ops scale = new post_ops();
    scale.append_eltwise(1, dnnl.dnnl_eltwise_linear, (float) (1 / Math.sqrt(width)), 0);
    memory.desc lies = weights(scores.shape());
    var chosen =
        new matmul.primitive_desc(
            new matmul.desc(queries.lies(), turned, lies),
            Attributes.then(scale, Activation.IDENTITY),
            cpu);
    return parts.call(
        images,
        new matmul(chosen),
        chosen,
        Map.of(),
        Map.of(
            dnnl.DNNL_ARG_SRC, queries,
            dnnl.DNNL_ARG_WEIGHTS, new Operand(keys.name(), turned, keys.offset()),
            dnnl.DNNL_ARG_DST, new Operand(scores.output(), lies, 0)));
  }

  Call softmax(Softmax softmax) {
    memory.desc lies = weights(softmax.shape());
    var chosen =
        new softmax_forward.primitive_desc(
            new softmax_forward.desc(CallBuilder.INFERENCE, lies, 3), Attributes.plain(), cpu);
    return parts.call(
        images,
        new softmax_forward(chosen),
        chosen,
        Map.of(),
        Map.of(
            dnnl.DNNL_ARG_SRC, new Operand(softmax.input(), lies, 0),
            dnnl.DNNL_ARG_DST, new Operand(softmax.output(), lies, 0)));
  }

  Call mix(Mix mix) {
    Shape weights = shapes.get(mix.weights());
    int heads = weights.channels();
    Operand values = third(mix.input(), 2, heads, weights.width());
    int channels = mix.shape().channels();
    int queries = mix.shape().height();
    int width = channels / heads;
    memory.desc lies =
        strided(
            new long[] {images, heads, queries, width},
            (long) queries * channels,
            width,
            channels,
            1);
    var chosen =
        new matmul.primitive_desc(
            new matmul.desc(weights(weights), values.lies(), lies), Attributes.plain(), cpu);
    return parts.call(
        images,
        new matmul(chosen),
        chosen,
        Map.of(),
        Map.of(
            dnnl.DNNL_ARG_SRC, new Operand(mix.weights(), weights(weights), 0),
            dnnl.DNNL_ARG_WEIGHTS, values,
            dnnl.DNNL_ARG_DST, new Operand(mix.output(), lies, 0)));
  }
}
