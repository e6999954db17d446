package io.pneuma.inference;

import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.data_type;
import org.bytedeco.dnnl.memory.format_tag;

/**
 * oneDNN's product that makes each pixel a mixture of others, for each group of channels that lie
 * together: shares times pixels x channels.
 *
 * @param shares how the values lie, pixel made x pixel given
 * @param values in that order
 * @param given how the maps lie
 * @param made how what is made of them lies
 */
@SuppressWarnings("ArrayRecordComponent") // Parameters, never compared.
public record Mixture(
    matmul.primitive_desc code,
    memory.desc shares,
    float[] values,
    memory.desc given,
    memory.desc made) {
  /**
   * Of some maps.
   *
   * @param shares pixel made x pixel given
   * @param groups of channels that lie together, of all images
   * @param together channels of a group
   */
  public static Mixture of(OneDnn oneDnn, float[][] shares, long groups, int together) {
    int from = shares[0].length;
    float[] values = new float[shares.length * from];
    for (int i = 0; i < shares.length; i++) {
      System.arraycopy(shares[i], 0, values, i * from, from);
    }
    memory.desc factors = rowMajor(1, shares.length, from);
    memory.desc given = rowMajor(groups, from, together);
    memory.desc made = rowMajor(groups, shares.length, together);
    var code =
        new matmul.primitive_desc(
            new matmul.desc(factors, given, made), Attributes.plain(), oneDnn.cpu());
    return new Mixture(code, factors, values, given, made);
  }

  private static memory.desc rowMajor(long... sizes) {
    return new memory.desc(sizes, data_type.f32, format_tag.abc);
  }
}
