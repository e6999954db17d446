package io.pneuma.backprop;

import java.util.Arrays;

/** One example's queries, keys, values, scores and mixture, of all heads; or their gradients. */
final class SelfAttentionRow {
  private final int sequence; // T
  private final int heads; // H
  private final int embedding; // M = H D
  private final int width; // D
  final float[] q; // T x M, as k, v and a
  final float[] k;
  final float[] v;
  final float[] s; // H x T x T
  final float[] a;

  SelfAttentionRow(int sequence, int heads, int channels) {
    this.sequence = sequence;
    this.heads = heads;
    this.embedding = channels / sequence;
    this.width = embedding / heads;
    this.q = new float[channels];
    this.k = new float[channels];
    this.v = new float[channels];
    this.s = new float[heads * sequence * sequence];
    this.a = new float[channels];
  }

  private double scale() {
    return 1 / Math.sqrt(width);
  }

  /** Where a head's part of a backbone's embedding starts. */
  private int at(int head, int token) {
    return token * embedding + head * width;
  }

  private int score(int head, int query, int key) {
    return (head * sequence + query) * sequence + key;
  }

  /** S and A from Q, K and V. */
  void forward() {
    Arrays.fill(a, 0);
    for (int head = 0; head < heads; head++) {
      for (int query = 0; query < sequence; query++) {
        for (int key = 0; key < sequence; key++) {
          float product = dot(q, at(head, query), k, at(head, key));
          s[score(head, query, key)] = (float) (product * scale());
        }
        softmax(score(head, query, 0));
        for (int key = 0; key < sequence; key++) {
          add(a, at(head, query), s[score(head, query, key)], v, at(head, key));
        }
      }
    }
  }

  private void softmax(int start) {
    float most = s[start];
    for (int key = 1; key < sequence; key++) {
      most = Math.max(most, s[start + key]);
    }
    double sum = 0;
    for (int key = 0; key < sequence; key++) {
      s[start + key] = (float) Math.exp(s[start + key] - most);
      sum += s[start + key];
    }
    for (int key = 0; key < sequence; key++) {
      s[start + key] = (float) (s[start + key] / sum);
    }
  }

  /** From dA, and Q, K, V and S here, to dQ, dK and dV. */
  void backward(SelfAttentionRow gradient) {
    Arrays.fill(gradient.q, 0);
    Arrays.fill(gradient.k, 0);
    Arrays.fill(gradient.v, 0);
    float[] ds = new float[sequence];
    for (int head = 0; head < heads; head++) {
      for (int query = 0; query < sequence; query++) {
        int start = score(head, query, 0);
        float sum = 0;
        for (int key = 0; key < sequence; key++) {
          ds[key] = dot(gradient.a, at(head, query), v, at(head, key));
          sum += s[start + key] * ds[key];
          add(gradient.v, at(head, key), s[start + key], gradient.a, at(head, query));
        }
        for (int key = 0; key < sequence; key++) {
          float dr = (float) (s[start + key] * (ds[key] - sum) * scale());
          add(gradient.q, at(head, query), dr, k, at(head, key));
          add(gradient.k, at(head, key), dr, q, at(head, query));
        }
      }
    }
  }

  /** In four sums, as one would wait for itself at each step. */
  private float dot(float[] left, int leftStart, float[] right, int rightStart) {
    float sum0 = 0;
    float sum1 = 0;
    float sum2 = 0;
    float sum3 = 0;
    int i = 0;
    for (; i + 3 < width; i += 4) {
      sum0 += left[leftStart + i] * right[rightStart + i];
      sum1 += left[leftStart + i + 1] * right[rightStart + i + 1];
      sum2 += left[leftStart + i + 2] * right[rightStart + i + 2];
      sum3 += left[leftStart + i + 3] * right[rightStart + i + 3];
    }
    for (; i < width; i++) {
      sum0 += left[leftStart + i] * right[rightStart + i];
    }
    return sum0 + sum1 + (sum2 + sum3);
  }

  private void add(float[] sum, int start, float factor, float[] values, int valuesStart) {
    for (int i = 0; i < width; i++) {
      sum[start + i] += factor * values[valuesStart + i];
    }
  }
}
