package io.pneuma.backprop;

import io.pneuma.backprop.Tape.Operand;
import io.pneuma.inference.Attributes;
import io.pneuma.inference.NativeParts;
import io.pneuma.inference.Shape;
import io.pneuma.inference.Step.Resample;
import java.util.Map;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.data_type;
import org.bytedeco.dnnl.memory.format_tag;
import org.bytedeco.javacpp.FloatPointer;

/** Maps brought to another size, forward and backward: products with the shares of the pixels. */
final class Resampling {
  private final Resample resample;
  private final Maps maps;
  private final Tape tape;
  private final NativeParts parts;
  private final Shape from;
  private final Shape to;

  Resampling(Resample resample, Maps maps, Tape tape, NativeParts parts) {
    this.resample = resample;
    this.maps = maps;
    this.tape = tape;
    this.parts = parts;
    this.from = maps.shapes().get(resample.input());
    this.to = resample.shape();
  }

  void forward(Region source, Region output) {
    multiply(false, from.pixels(), source, to.pixels(), output);
  }

  /** The gradient with respect to the input. */
  Region backward(Region outputGradient) {
    Region gradient = maps.room(resample.input());
    multiply(true, to.pixels(), outputGradient, from.pixels(), gradient);
    return gradient;
  }

  /** Of each block of channels. */
  private void multiply(boolean transposed, int given, Region source, int made, Region output) {
    int block = maps.oneDnn().block();
    long groups = (long) maps.rows() * ((from.channels() + block - 1) / block);
    float[] values = new float[given * made];
    for (int i = 0; i < made; i++) {
      for (int j = 0; j < given; j++) {
        values[i * given + j] = transposed ? resample.shares()[j][i] : resample.shares()[i][j];
      }
    }
    memory.desc shares = rowMajor(1, made, given);
    memory.desc in = rowMajor(groups, given, block);
    memory.desc out = rowMajor(groups, made, block);
    var chosen =
        new matmul.primitive_desc(
            new matmul.desc(shares, in, out), Attributes.plain(), maps.oneDnn().cpu());
    Region fixed = Region.at(parts.keep(new FloatPointer(values)));
    tape.add(
        new matmul(chosen),
        chosen,
        Map.of(
            dnnl.DNNL_ARG_SRC, new Operand(fixed, shares),
            dnnl.DNNL_ARG_WEIGHTS, new Operand(source, in),
            dnnl.DNNL_ARG_DST, new Operand(output, out)));
  }

  private static memory.desc rowMajor(long... sizes) {
    return new memory.desc(sizes, data_type.f32, format_tag.abc);
  }
}
