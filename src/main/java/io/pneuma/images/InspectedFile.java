package io.pneuma.images;

import io.pneuma.images.ImageFolder.LabelledFile;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.function.LongConsumer;

/**
 * A file of an image folder after it was read and decoded once.
 *
 * @param sha256 of its bytes; empty when they could not be read
 * @param header empty when there is a problem
 * @param problem why it gives no image
 */
record InspectedFile(
    LabelledFile labelled, String sha256, Optional<ImageHeader> header, Optional<String> problem) {

  /**
   * Reads and decodes every file, on all processors.
   *
   * @param progress takes the number of files done so far, on the calling thread
   */
  static List<InspectedFile> all(List<LabelledFile> files, LongConsumer progress)
      throws IOException {
    ExecutorService workers =
        Workers.start("image-check", Runtime.getRuntime().availableProcessors());
    try {
      List<Future<InspectedFile>> pending = new ArrayList<>();
      for (LabelledFile file : files) {
        pending.add(workers.submit(() -> inspect(file)));
      }
      List<InspectedFile> inspected = new ArrayList<>();
      for (Future<InspectedFile> file : pending) {
        inspected.add(file.get());
        progress.accept(inspected.size());
      }
      return inspected;
    } catch (ExecutionException e) {
      throw new IOException(e.getCause().getMessage(), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while the images were checked");
    } finally {
      workers.shutdownNow();
    }
  }

  private static InspectedFile inspect(LabelledFile file) {
    String sha256 = "";
    try {
      byte[] bytes = ImageDecoder.bytes(file.file());
      sha256 = Hash.hex(bytes);
      ImageDecoder.decode(bytes, file.file().toString(), ImageDecoder.WHOLE, pixels -> {});
      ImageHeader header = ImageDecoder.header(bytes, file.file().toString());
      return new InspectedFile(file, sha256, Optional.of(header), Optional.empty());
    } catch (UnreadableImageException e) {
      return new InspectedFile(file, sha256, Optional.empty(), Optional.of(e.reason()));
    } catch (IOException e) {
      return new InspectedFile(
          file, sha256, Optional.empty(), Optional.of("cannot be read: " + e.getMessage()));
    }
  }
}
