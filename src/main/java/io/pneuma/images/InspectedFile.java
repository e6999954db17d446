package io.pneuma.images;

import static org.bytedeco.opencv.global.opencv_core.CV_16U;
import static org.bytedeco.opencv.global.opencv_core.minMaxLoc;

import io.pneuma.images.ImageFolder.LabelledFile;
import io.pneuma.platform.Processor;
import io.pneuma.platform.Workers;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.function.LongConsumer;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.opencv.opencv_core.Mat;

/**
 * A file of an image folder after it was read and decoded once.
 *
 * @param sha256 of its bytes; empty when they could not be read
 * @param header empty when there is a problem
 * @param form empty when there is a problem
 * @param dim whether its brightest pixel is at most a sixteenth of full scale
 * @param problem why it gives no image
 */
record InspectedFile(
    LabelledFile labelled,
    String sha256,
    Optional<ImageHeader> header,
    Optional<FileForm> form,
    boolean dim,
    Optional<String> problem) {

  /** Said of dim images wherever they are counted. */
  static final String DIM =
      "images whose brightest pixel is at most a sixteenth of full scale, as where 12 bits are stored"
          + " in 16";

  /**
   * Reads and decodes every file, on all processors.
   *
   * @param progress takes the number of files done so far, on the calling thread
   */
  static List<InspectedFile> all(List<LabelledFile> files, LongConsumer progress)
      throws IOException {
    ExecutorService workers = Workers.start("image-check", Processor.cores());
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

  /** Whose image it is, by a table or else by its name; empty where neither tells. */
  Optional<String> patient(PatientRule rule) {
    return labelled.patient().or(() -> rule.find(ImageFolder.name(labelled.file())));
  }

  private static boolean isDim(Mat pixels) {
    DoublePointer most = new DoublePointer(1);
    minMaxLoc(pixels.reshape(1), null, most, null, null, null);
    return most.get() < (pixels.depth() == CV_16U ? 1 << 12 : 1 << 4);
  }

  private static InspectedFile inspect(LabelledFile file) {
    String sha256 = "";
    try {
      byte[] bytes = ImageDecoder.bytes(file.file());
      sha256 = Hash.hex(bytes);
      String name = file.file().toString();
      ImageHeader header = ImageDecoder.header(bytes, name);
      ImageDecoder.requireSound(bytes, name);
      boolean[] dim = new boolean[1];
      ImageDecoder.decode(bytes, name, ImageDecoder.WHOLE, pixels -> dim[0] = isDim(pixels));
      return new InspectedFile(
          file,
          sha256,
          Optional.of(header),
          Optional.of(FileForm.of(bytes, header)),
          dim[0],
          Optional.empty());
    } catch (UnreadableImageException e) {
      return bad(file, sha256, e.reason());
    } catch (IOException e) {
      return bad(file, sha256, "cannot be read: " + e.getMessage());
    }
  }

  private static InspectedFile bad(LabelledFile file, String sha256, String problem) {
    return new InspectedFile(
        file, sha256, Optional.empty(), Optional.empty(), false, Optional.of(problem));
  }
}
