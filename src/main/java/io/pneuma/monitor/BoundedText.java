package io.pneuma.monitor;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Flow;

/** The body of an answer as a text, as much of it as is taken from anyone. */
final class BoundedText implements Flow.Subscriber<List<ByteBuffer>> {
  private final int most;
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private Flow.Subscription subscription;

  BoundedText(int most) {
    this.most = most;
  }

  @Override
  public void onSubscribe(Flow.Subscription given) {
    subscription = given;
    subscription.request(Long.MAX_VALUE);
  }

  @Override
  public void onNext(List<ByteBuffer> pieces) {
    for (ByteBuffer piece : pieces) {
      byte[] some = new byte[Math.min(piece.remaining(), most - bytes.size())];
      piece.get(some);
      bytes.writeBytes(some);
    }
    if (bytes.size() == most) {
      subscription.cancel(); // Nobody waits for it then but the clock.
    }
  }

  @Override
  public void onError(Throwable failure) {}

  @Override
  public void onComplete() {}

  String text() {
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
