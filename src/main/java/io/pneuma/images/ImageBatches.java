package io.pneuma.images;

import io.pneuma.platform.Workers;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.FloatBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Batches of pixels in the order of the given views, decoded ahead on threads of its own.
 *
 * <p>While the caller works on one batch, at most two more are being made. For one caller; the last
 * batch may be smaller.
 */
public final class ImageBatches implements Iterator<ImageBatch>, AutoCloseable {
  private static final int AHEAD = 2;

  private final List<List<ImageView>> batches;
  private final ImagePipeline pipeline;
  private final ExecutorService workers;
  private final Deque<Pending> pending = new ArrayDeque<>();
  private int submitted;

  /** A batch in the making: one task an image, each of which fills its part of the pixels. */
  private record Pending(List<ImageView> views, FloatBuffer pixels, List<Future<?>> tasks) {}

  /** Starts to decode at once. */
  public ImageBatches(List<ImageView> views, ImagePipeline pipeline, int batchSize, int threads) {
    this(cut(List.copyOf(views), batchSize), pipeline, threads);
  }

  /** Starts to decode at once, batches of any sizes. */
  public ImageBatches(List<List<ImageView>> batches, ImagePipeline pipeline, int threads) {
    this.batches = List.copyOf(batches);
    this.pipeline = pipeline;
    this.workers = Workers.start("image-batches", threads);
    submit();
  }

  private static List<List<ImageView>> cut(List<ImageView> views, int size) {
    List<List<ImageView>> batches = new ArrayList<>();
    for (int from = 0; from < views.size(); from += size) {
      batches.add(views.subList(from, Math.min(views.size(), from + size)));
    }
    return batches;
  }

  @Override
  public boolean hasNext() {
    return !pending.isEmpty();
  }

  /**
   * The next batch, waiting for it where need be.
   *
   * @throws UncheckedIOException when an image cannot be read; its message names the file
   */
  @Override
  public ImageBatch next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    Pending batch = pending.remove();
    submit();
    for (int i = 0; i < batch.views().size(); i++) {
      await(batch.tasks().get(i), batch.views().get(i));
    }
    int size = pipeline.imageSize();
    MemoryWorkspace noWorkspace = Nd4j.getWorkspaceManager().scopeOutOfWorkspaces();
    try {
      return new ImageBatch(
          batch.views(),
          Nd4j.create(
              batch.pixels().array(), new int[] {batch.views().size(), 3, size, size}, 'c'));
    } finally {
      noWorkspace.close();
    }
  }

  private void submit() {
    while (pending.size() < AHEAD && submitted < batches.size()) {
      List<ImageView> batch = batches.get(submitted);
      FloatBuffer pixels =
          FloatBuffer.allocate(Math.multiplyExact(batch.size(), pipeline.length()));
      List<Future<?>> tasks = new ArrayList<>();
      for (ImageView view : batch) {
        FloatBuffer target = pixels.slice(tasks.size() * pipeline.length(), pipeline.length());
        tasks.add(
            workers.submit(
                () -> {
                  pipeline.read(view.image(), view.view(), target);
                  return null;
                }));
      }
      pending.add(new Pending(batch, pixels, tasks));
      submitted++;
    }
    if (submitted == batches.size()) {
      workers.shutdown(); // The threads end after the last task, even when nobody calls close.
    }
  }

  private void await(Future<?> task, ImageView view) {
    try {
      task.get();
    } catch (ExecutionException e) {
      close();
      if (e.getCause() instanceof IOException cause) {
        String file = view.image().file().toString();
        String message = String.valueOf(cause.getMessage());
        throw new UncheckedIOException(
            message.startsWith(file) ? message : file + ": " + message, cause);
      }
      throw new IllegalStateException(view.image().file() + ": " + e.getCause(), e.getCause());
    } catch (InterruptedException e) {
      close();
      Thread.currentThread().interrupt();
      throw new UncheckedIOException(new InterruptedIOException("interrupted between batches"));
    }
  }

  /** Ends the threads; what they have begun is given up, and there is no next batch. */
  @Override
  public void close() {
    workers.shutdownNow();
    pending.clear();
    submitted = batches.size();
  }
}
