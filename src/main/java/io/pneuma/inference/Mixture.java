package io.pneuma.inference;

import io.pneuma.onednn.After;
import io.pneuma.onednn.Form;
import io.pneuma.onednn.OneDnn;
import io.pneuma.onednn.Primitive;
import io.pneuma.onednn.Primitives;

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
public record Mixture(Primitive code, Form shares, float[] values, Form given, Form made) {
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
    Form factors = Form.dense(1, shares.length, from);
    Form given = Form.dense(groups, from, together);
    Form made = Form.dense(groups, shares.length, together);
    Primitive code = new Primitives(oneDnn).matmul(factors, given, made, After.NOTHING);
    return new Mixture(code, factors, values, given, made);
  }
}
