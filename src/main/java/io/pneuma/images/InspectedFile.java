package io.pneuma.images;

import static org.bytedeco.opencv.global.opencv_core.CV_16U;
import static org.bytedeco.opencv.global.opencv_core.minMaxLoc;

import io.pneuma.config.Recipe.DicomRule;
import io.pneuma.dicom.DicomFile;
import io.pneuma.images.ImageFolder.LabelledFile;
import io.pneuma.platform.Processor;
import io.pneuma.platform.Workers;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
 * @param dicomPatient of a file of DICOM, numbered in the order of the files; empty where it tells
 *     none
 * @param dim whether its brightest pixel is at most a sixteenth of full scale
 * @param problem why it gives no image
 */
record InspectedFile(
    LabelledFile labelled,
    String sha256,
    Optional<ImageHeader> header,
    Optional<FileForm> form,
    Optional<String> dicomPatient,
    boolean dim,
    Optional<String> problem) {

  /** Said of dim images wherever they are counted. */
  static final String DIM =
      "images whose brightest pixel is at most a sixteenth of full scale, as where 12 bits are stored"
          + " in 16";

  /**
   * Reads and decodes every file, on all processors.
   *
   * @param dicom which images in DICOM are taken
   * @param progress takes the number of files done so far, on the calling thread
   */
  static List<InspectedFile> all(List<LabelledFile> files, DicomRule dicom, LongConsumer progress)
      throws IOException {
    ExecutorService workers = Workers.start("image-check", Processor.cores());
    try {
      List<Future<InspectedFile>> pending = new ArrayList<>();
      for (LabelledFile file : files) {
        pending.add(workers.submit(() -> inspect(file, dicom)));
      }
      List<InspectedFile> inspected = new ArrayList<>();
      Map<String, Integer> numbers = new HashMap<>();
      for (Future<InspectedFile> file : pending) {
        inspected.add(numbered(file.get(), numbers));
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

  /** Who a patient is stays here: a number tells one from another as well. */
  private static InspectedFile numbered(InspectedFile file, Map<String, Integer> numbers) {
    return new InspectedFile(
        file.labelled,
        file.sha256,
        file.header,
        file.form,
        file.dicomPatient.map(
            id -> "DICOM patient " + numbers.computeIfAbsent(id, i -> numbers.size() + 1)),
        file.dim,
        file.problem);
  }

  /**
   * Whose image it is: by a table, or else by what DICOM says where the rule is not of names, or
   * else by its name; empty where none tells.
   */
  Optional<String> patient(PatientRule rule) {
    return labelled
        .patient()
        .or(() -> rule.isOfNames() ? Optional.empty() : dicomPatient)
        .or(() -> rule.find(ImageFolder.name(labelled.file())));
  }

  private static boolean isDim(Mat pixels) {
    DoublePointer most = new DoublePointer(1);
    minMaxLoc(pixels.reshape(1), null, most, null, null, null);
    return most.get() < (pixels.depth() == CV_16U ? 1 << 12 : 1 << 4);
  }

  private static InspectedFile inspect(LabelledFile file, DicomRule dicom) {
    String sha256 = "";
    try {
      byte[] bytes = ImageDecoder.bytes(file.file());
      sha256 = Hash.hex(bytes);
      String name = file.file().toString();
      ImageHeader header = ImageDecoder.header(bytes, name);
      ImageDecoder.requireSound(bytes, name, dicom);
      boolean[] dim = new boolean[1];
      ImageDecoder.decode(bytes, name, ImageDecoder.WHOLE, pixels -> dim[0] = isDim(pixels));
      return new InspectedFile(
          file,
          sha256,
          Optional.of(header),
          Optional.of(FileForm.of(bytes, header)),
          DicomFile.isDicom(bytes) ? DicomFile.read(bytes).patient() : Optional.empty(),
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
        file,
        sha256,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        false,
        Optional.of(problem));
  }
}
