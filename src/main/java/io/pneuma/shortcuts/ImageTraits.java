package io.pneuma.shortcuts;

import static org.bytedeco.opencv.global.opencv_core.CV_8U;

import io.pneuma.features.FeatureFile;
import io.pneuma.images.FileForm;
import io.pneuma.images.Hash;
import io.pneuma.images.ImagePipeline;
import io.pneuma.images.LabelledImage;
import io.pneuma.platform.Processor;
import io.pneuma.platform.Workers;
import java.io.IOException;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.function.LongConsumer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.opencv.opencv_core.Mat;

/**
 * What an image is like without its anatomy.
 *
 * @param form what its file is like
 * @param border what its outermost pixels are like: see {@link Border}
 * @param markers bright letters near its corners: see {@link Markers}
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
public record ImageTraits(FileForm form, float[] border, float[] markers) implements Serializable {
  /** Side of the square on which images are looked at, in pixels. */
  public static final int SIDE = 192;

  /** Gives images as they are, in that square. */
  public static final ImagePipeline PIPELINE = ImagePipeline.plain(SIDE);

  /** The mean grey value at the edges. */
  public float borderMean() {
    return Border.mean(border);
  }

  /** What the stored numbers are valid for; the first to be raised when they change. */
  private static final String KEY = "traits 1 at " + SIDE + " pixels, " + ImagePipeline.plainKey();

  private static final int NUMBERS = Border.NUMBERS + Markers.NUMBERS;

  /**
   * The traits of each image, on all processors; what was taken before is not taken again.
   *
   * @param bank the folder of stored features
   * @param progress takes the number of images done, on the calling thread
   */
  public static List<ImageTraits> all(List<LabelledImage> images, Path bank, LongConsumer progress)
      throws IOException {
    ExecutorService workers = Workers.start("traits", Processor.cores());
    String name = "traits-" + Hash.hex(KEY.getBytes(StandardCharsets.UTF_8)).substring(0, 16);
    try (FeatureFile stored = FeatureFile.open(bank.resolve(name + ".features"), KEY, NUMBERS)) {
      List<Future<ImageTraits>> pending = new ArrayList<>();
      for (LabelledImage image : images) {
        pending.add(workers.submit(() -> of(image, stored)));
      }
      List<ImageTraits> traits = new ArrayList<>();
      for (Future<ImageTraits> each : pending) {
        traits.add(Workers.await(each, "the images' traits were taken"));
        progress.accept(traits.size());
      }
      store(images, traits, stored);
      return traits;
    } finally {
      workers.shutdownNow();
    }
  }

  private static void store(
      List<LabelledImage> images, List<ImageTraits> traits, FeatureFile stored) throws IOException {
    try (FileLock lock = stored.lock()) {
      for (int i = 0; i < images.size() && lock.isValid(); i++) {
        if (!stored.contains(images.get(i).sha256(), ImagePipeline.PLAIN)) {
          FloatBuffer numbers = FloatBuffer.allocate(NUMBERS);
          numbers.put(traits.get(i).border).put(traits.get(i).markers).flip();
          stored.append(images.get(i).sha256(), ImagePipeline.PLAIN, numbers);
        }
      }
    }
  }

  private static ImageTraits of(LabelledImage image, FeatureFile stored) throws IOException {
    FileForm form = FileForm.of(image.file());
    if (stored.contains(image.sha256(), ImagePipeline.PLAIN)) {
      ByteBuffer bytes = ByteBuffer.allocate(NUMBERS * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      stored.read(image.sha256(), ImagePipeline.PLAIN, bytes);
      float[] numbers = new float[NUMBERS];
      bytes.flip().asFloatBuffer().get(numbers);
      return new ImageTraits(
          form,
          Arrays.copyOf(numbers, Border.NUMBERS),
          Arrays.copyOfRange(numbers, Border.NUMBERS, NUMBERS));
    }
    FloatBuffer pixels = FloatBuffer.allocate(PIPELINE.length());
    PIPELINE.read(image, ImagePipeline.PLAIN, pixels);
    return of(form, pixels.flip());
  }

  /**
   * The traits of one image.
   *
   * @param pixels 3 planes R, G, B of {@value #SIDE} x {@value #SIDE} in [0,1]
   */
  @SuppressWarnings("unchecked") // PointerScope's empty list of classes is a generic array.
  public static ImageTraits of(FileForm form, FloatBuffer pixels) {
    int plane = SIDE * SIDE;
    float[] grey = new float[plane];
    byte[] bytes = new byte[plane];
    for (int i = 0; i < plane; i++) {
      grey[i] = (pixels.get(i) + pixels.get(plane + i) + pixels.get(2 * plane + i)) / 3;
      bytes[i] = (byte) Math.rint(255 * (double) grey[i]);
    }
    PointerScope scope = new PointerScope();
    try {
      Mat image = new Mat(SIDE, SIDE, CV_8U);
      image.<ByteBuffer>createBuffer().put(bytes);
      return new ImageTraits(form, Border.of(grey, SIDE), Markers.of(image));
    } finally {
      scope.close();
    }
  }
}
