package io.pneuma.images;

import static org.bytedeco.opencv.global.opencv_core.CV_16U;
import static org.bytedeco.opencv.global.opencv_core.minMaxLoc;

import io.pneuma.config.Recipe.DicomRule;
import io.pneuma.dicom.DicomFile;
import io.pneuma.platform.Workers;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.opencv.opencv_core.Mat;

/**
 * What reading and decoding a file once tells of it. It knows the patient that a file of DICOM
 * names, so it travels in memory alone and is never shown; an {@link InspectedFile} has a number
 * instead.
 */
public final class Inspected implements Serializable {
  private static final long serialVersionUID = 1;

  private final String sha256;
  private final ImageHeader header;
  private final FileForm form;
  private final String dicomPatient;
  private final boolean dim;
  private final String problem;

  private Inspected(
      String sha256,
      ImageHeader header,
      FileForm form,
      String dicomPatient,
      boolean dim,
      String problem) {
    this.sha256 = sha256;
    this.header = header;
    this.form = form;
    this.dicomPatient = dicomPatient;
    this.dim = dim;
    this.problem = problem;
  }

  /**
   * Reads and decodes files.
   *
   * @param dicom which images in DICOM are taken
   * @param threads that do, each a file of its own
   * @param each takes what is found, in the order of the files
   */
  public static void all(List<Path> files, DicomRule dicom, int threads, Inspector.Each each)
      throws IOException {
    ExecutorService workers = Workers.start("image-check", threads);
    try {
      List<Future<Inspected>> pending = new ArrayList<>();
      for (Path file : files) {
        pending.add(workers.submit(() -> of(file, dicom)));
      }
      for (Future<Inspected> file : pending) {
        each.accept(file.get());
      }
    } catch (ExecutionException e) {
      throw new IOException(e.getCause().getMessage(), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while the images were checked");
    } finally {
      workers.shutdownNow();
    }
  }

  private static Inspected of(Path file, DicomRule dicom) {
    String sha256 = "";
    try {
      byte[] bytes = ImageDecoder.bytes(file);
      sha256 = Hash.hex(bytes);
      String name = file.toString();
      ImageHeader header = ImageDecoder.header(bytes, name);
      ImageDecoder.requireSound(bytes, name, dicom);
      boolean[] dim = new boolean[1];
      ImageDecoder.decode(bytes, name, ImageDecoder.WHOLE, pixels -> dim[0] = isDim(pixels));
      return new Inspected(
          sha256,
          header,
          FileForm.of(bytes, header),
          DicomFile.isDicom(bytes) ? DicomFile.read(bytes).patient().orElse(null) : null,
          dim[0],
          null);
    } catch (UnreadableImageException e) {
      return bad(sha256, e.reason());
    } catch (IOException e) {
      return bad(sha256, "cannot be read: " + e.getMessage());
    }
  }

  private static boolean isDim(Mat pixels) {
    DoublePointer most = new DoublePointer(1);
    minMaxLoc(pixels.reshape(1), null, most, null, null, null);
    return most.get() < (pixels.depth() == CV_16U ? 1 << 12 : 1 << 4);
  }

  private static Inspected bad(String sha256, String problem) {
    return new Inspected(sha256, null, null, null, false, problem);
  }

  /** Of its bytes; empty when they could not be read. */
  String sha256() {
    return sha256;
  }

  /** Null when there is a problem. */
  ImageHeader header() {
    return header;
  }

  /** Null when there is a problem. */
  FileForm form() {
    return form;
  }

  /** As the file names it; null where it names none. */
  String dicomPatient() {
    return dicomPatient;
  }

  /** Whether its brightest pixel is at most a sixteenth of full scale. */
  boolean dim() {
    return dim;
  }

  /** Why it gives no image; null where it does. */
  String problem() {
    return problem;
  }
}
