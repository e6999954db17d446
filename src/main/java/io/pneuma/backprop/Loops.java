package io.pneuma.backprop;

/** Loops over numbers that lie a stride apart, such that Java makes vector instructions of them. */
final class Loops {
  private Loops() {}

  /** {@code to += factor * from}; where {@code to} repeats, the sum goes there. */
  static void addScaled(
      float[] to, int t, int toStep, float[] from, int f, int fromStep, float factor, int n) {
    if (toStep == 0) {
      to[t] += factor * sum(from, f, fromStep, n);
    } else if (toStep == 1 && fromStep == 1) {
      for (int i = 0; i < n; i++) {
        to[t + i] += factor * from[f + i];
      }
    } else {
      for (int i = 0; i < n; i++) {
        to[t + i * toStep] += factor * from[f + i * fromStep];
      }
    }
  }

  /** {@code to += a * b}; where {@code to} repeats, the sum goes there. */
  static void addProduct(
      float[] to, int t, int ts, float[] a, int ai, int as, float[] b, int bi, int bs, int n) {
    if (ts == 0) {
      to[t] += dot(a, ai, as, b, bi, bs, n);
    } else if (bs == 0) {
      addScaled(to, t, ts, a, ai, as, b[bi], n);
    } else if (as == 0) {
      addScaled(to, t, ts, b, bi, bs, a[ai], n);
    } else if (ts == 1 && as == 1 && bs == 1) {
      for (int i = 0; i < n; i++) {
        to[t + i] += a[ai + i] * b[bi + i];
      }
    } else {
      for (int i = 0; i < n; i++) {
        to[t + i * ts] += a[ai + i * as] * b[bi + i * bs];
      }
    }
  }

  /** The sum of products; in four sums, as one would wait for itself at each step. */
  static float dot(float[] a, int ai, int as, float[] b, int bi, int bs, int n) {
    float sum0 = 0;
    float sum1 = 0;
    float sum2 = 0;
    float sum3 = 0;
    int i = 0;
    if (as == 1 && bs == 1) {
      for (; i + 3 < n; i += 4) {
        sum0 += a[ai + i] * b[bi + i];
        sum1 += a[ai + i + 1] * b[bi + i + 1];
        sum2 += a[ai + i + 2] * b[bi + i + 2];
        sum3 += a[ai + i + 3] * b[bi + i + 3];
      }
    }
    for (; i < n; i++) {
      sum0 += a[ai + i * as] * b[bi + i * bs];
    }
    return sum0 + sum1 + (sum2 + sum3);
  }

  private static float sum(float[] values, int start, int step, int n) {
    float sum0 = 0;
    float sum1 = 0;
    int i = 0;
    for (; i + 1 < n; i += 2) {
      sum0 += values[start + i * step];
      sum1 += values[start + (i + 1) * step];
    }
    return i < n ? sum0 + sum1 + values[start + i * step] : sum0 + sum1;
  }
}
