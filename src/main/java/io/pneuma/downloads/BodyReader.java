package io.pneuma.downloads;

import java.io.IOException;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A response's body, piece by piece; at most two pieces are held, and none is waited for long. */
final class BodyReader implements Flow.Subscriber<List<ByteBuffer>>, AutoCloseable {
  private final BlockingQueue<Item> items = new LinkedBlockingQueue<>();
  private final Duration longestWait;
  private volatile Flow.Subscription subscription = null;

  private BodyReader(Duration longestWait) {
    this.longestWait = longestWait;
  }

  /** A piece, or the end with what ended it too soon. */
  private record Item(List<ByteBuffer> piece, boolean end, Optional<Throwable> failure) {}

  static BodyReader of(Flow.Publisher<List<ByteBuffer>> body, Duration longestWait) {
    BodyReader reader = new BodyReader(longestWait);
    body.subscribe(reader);
    return reader;
  }

  /**
   * The next piece; empty at the end.
   *
   * @throws HttpTimeoutException when no byte came for long
   */
  Optional<List<ByteBuffer>> next() throws IOException, InterruptedException {
    Item item = items.poll(longestWait.toMillis(), TimeUnit.MILLISECONDS);
    if (item == null) {
      throw new HttpTimeoutException("no byte came for " + longestWait.toSeconds() + " s");
    }
    if (item.failure().isPresent()) {
      Throwable failure = item.failure().get();
      throw new IOException(String.valueOf(failure.getMessage()), failure);
    }
    if (item.end()) {
      return Optional.empty();
    }
    subscription.request(1);
    return Optional.of(item.piece());
  }

  @Override
  public void onSubscribe(Flow.Subscription subscription) {
    this.subscription = subscription;
    subscription.request(1);
  }

  @Override
  public void onNext(List<ByteBuffer> piece) {
    items.add(new Item(piece, false, Optional.empty()));
  }

  @Override
  public void onError(Throwable failure) {
    items.add(new Item(List.of(), true, Optional.of(failure)));
  }

  @Override
  public void onComplete() {
    items.add(new Item(List.of(), true, Optional.empty()));
  }

  /** Ends the connection, unless the body has ended. */
  @Override
  public void close() {
    if (subscription != null) {
      subscription.cancel();
    }
  }
}
