package io.pneuma.backprop;

import io.pneuma.attention.SelfAttention;
import java.util.List;

/**
 * {@link io.pneuma.attention.SelfAttention} forward and backward, for each head with X the sequence
 * of T backbones and r = 1/sqrt(D):
 *
 * <pre>
 * Q = X.Wq   K = X.Wk   V = X.Wv   S = softmax(r Q.K')   A = S.V   O = A.Wo
 *
 * dWo = A'.dO   dA = dO.Wo'   dV = S'.dA   dS = dA.V'   dR = S * (dS - rowsum(S * dS))
 * dQ = r dR.K   dK = r dR'.Q
 * dWq = X'.dQ (and so on)     dX = dQ.Wq' + dK.Wk' + dV.Wv'
 * </pre>
 */
final class SelfAttentionStep implements AttentionStep {
  private final Threads threads;
  private final Ends ends;
  private final int sequence; // T
  private final int heads; // H
  private final List<Parameter> weights; // Wq, Wk, Wv
  private final Parameter mixing; // Wo
  private final List<Matrix> projected; // Q, K, V: B x T M
  private final List<Matrix> projectedGradients;
  private final Matrix attended; // A
  private final Matrix attendedGradient;
  private final Matrix scores; // S: B x H T T

  SelfAttentionStep(AttentionSteps.Context head) {
    SelfAttention layer = (SelfAttention) head.layer();
    threads = head.threads();
    ends = head.ends();
    sequence = layer.getSequence();
    heads = layer.getHeads();
    weights = List.of(head.parameter("Wq"), head.parameter("Wk"), head.parameter("Wv"));
    mixing = head.parameter("Wo");
    int channels = ends.in().columns();
    projected = List.of(head.room(channels), head.room(channels), head.room(channels));
    projectedGradients = List.of(head.room(channels), head.room(channels), head.room(channels));
    attended = head.room(channels);
    attendedGradient = head.room(channels);
    scores = head.room(heads * sequence * sequence);
  }

  /** B x (T M) as (B T) x M. */
  private Matrix tokens(Matrix matrix, int rows) {
    return matrix.rows(0, rows).split(sequence);
  }

  @Override
  public void forward(int rows) {
    Matrix x = tokens(ends.in(), rows);
    threads.run(
        Pieces.together(
            List.of(projection(x, 0, rows), projection(x, 1, rows), projection(x, 2, rows))));
    threads.run(Pieces.cut(rows, Pieces.ROWS, this::attend));
    threads.run(
        Pieces.product(tokens(attended, rows), mixing.value(), tokens(ends.out(), rows), 0));
  }

  private List<Runnable> projection(Matrix x, int which, int rows) {
    return Pieces.product(x, weights.get(which).value(), tokens(projected.get(which), rows), 0);
  }

  @Override
  public void backward(int rows) {
    Matrix out = tokens(ends.outGradient(), rows);
    threads.run(Pieces.product(out, mixing.value().transpose(), tokens(attendedGradient, rows), 0));
    threads.run(Pieces.cut(rows, Pieces.ROWS, this::attendBackward));
    Matrix dx = tokens(ends.inGradient(), rows);
    threads.run(
        Pieces.columns(
            dx.columns(),
            (from, count) -> {
              for (int i = 0; i < weights.size(); i++) {
                Matrix weight = weights.get(i).value().rows(from, count);
                Matrix gradient = tokens(projectedGradients.get(i), rows);
                Matrix some = dx.columns(from, count);
                Matrix.multiply(gradient, weight.transpose(), some, i == 0 ? 0 : 1);
              }
            }));
  }

  @Override
  public List<Runnable> gradients(int rows, GradientUse use) {
    Matrix a = tokens(attended, rows);
    Matrix out = tokens(ends.outGradient(), rows);
    List<Runnable> pieces = Pieces.gradient(a.transpose(), out, mixing, use);
    Matrix x = tokens(ends.in(), rows);
    for (int i = 0; i < weights.size(); i++) {
      Matrix gradient = tokens(projectedGradients.get(i), rows);
      pieces.addAll(Pieces.gradient(x.transpose(), gradient, weights.get(i), use));
    }
    return pieces;
  }

  private void attend(int from, int count) {
    int channels = ends.in().columns();
    SelfAttentionRow row = new SelfAttentionRow(sequence, heads, channels);
    for (int i = from; i < from + count; i++) {
      projected.get(0).read(i, row.q);
      projected.get(1).read(i, row.k);
      projected.get(2).read(i, row.v);
      row.forward();
      scores.write(i, row.s);
      attended.write(i, row.a);
    }
  }

  private void attendBackward(int from, int count) {
    int channels = ends.in().columns();
    SelfAttentionRow row = new SelfAttentionRow(sequence, heads, channels);
    SelfAttentionRow gradient = new SelfAttentionRow(sequence, heads, channels);
    for (int i = from; i < from + count; i++) {
      projected.get(0).read(i, row.q);
      projected.get(1).read(i, row.k);
      projected.get(2).read(i, row.v);
      scores.read(i, row.s);
      attendedGradient.read(i, gradient.a);
      row.backward(gradient);
      projectedGradients.get(0).write(i, gradient.q);
      projectedGradients.get(1).write(i, gradient.k);
      projectedGradients.get(2).write(i, gradient.v);
    }
  }
}
