package io.pneuma.audit;

import static org.bytedeco.opencv.global.opencv_core.CV_32F;
import static org.bytedeco.opencv.global.opencv_core.CV_8U;
import static org.bytedeco.opencv.global.opencv_imgproc.INTER_AREA;
import static org.bytedeco.opencv.global.opencv_imgproc.resize;

import io.pneuma.images.FileForm;
import io.pneuma.images.FolderImages.Found;
import io.pneuma.images.GreyLayout;
import io.pneuma.images.ImagePipeline;
import io.pneuma.platform.Workers;
import io.pneuma.shortcuts.ImageTraits;
import java.io.IOException;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.function.LongConsumer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Size;

/**
 * What is kept of an image's pixels, all from one look at it as a square of {@value
 * ImageTraits#SIDE} pixels.
 *
 * @param tile its grey values, {@value #TILE} x {@value #TILE}, row by row
 * @param layout its {@link GreyLayout}
 * @param colour how far its channels are apart on average, from 0 for grey to 1
 * @param traits what it is like without its anatomy
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
public record Look(byte[] tile, float[] layout, float colour, ImageTraits traits)
    implements Serializable {
  static final int TILE = 64;
  private static final int SIDE = ImageTraits.SIDE;

  /**
   * Looks at every image.
   *
   * @param threads that look, each at an image of its own
   * @param progress takes the number of images done, on the calling thread
   */
  public static List<Look> all(List<Found> images, int threads, LongConsumer progress)
      throws IOException {
    ExecutorService workers = Workers.start("audit", threads);
    try {
      List<Future<Look>> pending = new ArrayList<>();
      for (Found found : images) {
        pending.add(workers.submit(() -> of(found)));
      }
      List<Look> looks = new ArrayList<>();
      for (Future<Look> look : pending) {
        looks.add(await(look));
        progress.accept(looks.size());
      }
      return looks;
    } finally {
      workers.shutdownNow();
    }
  }

  /** Waits for a worker. */
  static <T> T await(Future<T> work) throws IOException {
    return Workers.await(work, "the images were audited");
  }

  private static Look of(Found found) throws IOException {
    FloatBuffer pixels = FloatBuffer.allocate(ImageTraits.PIPELINE.length());
    ImageTraits.PIPELINE.read(found.image(), ImagePipeline.PLAIN, pixels);
    return of(found.form(), pixels.flip());
  }

  /**
   * The look of one image.
   *
   * @param pixels 3 planes R, G, B of {@value ImageTraits#SIDE} x {@value ImageTraits#SIDE} in
   *     [0,1]
   */
  @SuppressWarnings("unchecked") // PointerScope's empty list of classes is a generic array.
  static Look of(FileForm form, FloatBuffer pixels) {
    int plane = SIDE * SIDE;
    float[] grey = new float[plane];
    double colour = 0;
    for (int i = 0; i < plane; i++) {
      float red = pixels.get(i);
      float green = pixels.get(plane + i);
      float blue = pixels.get(2 * plane + i);
      grey[i] = (red + green + blue) / 3;
      colour += Math.max(red, Math.max(green, blue)) - Math.min(red, Math.min(green, blue));
    }
    PointerScope scope = new PointerScope();
    try {
      Mat image = new Mat(SIDE, SIDE, CV_32F);
      image.<FloatBuffer>createBuffer().put(grey);
      Mat bytes = new Mat();
      image.convertTo(bytes, CV_8U, 255, 0);
      Mat small = new Mat();
      resize(bytes, small, new Size(TILE, TILE), 0, 0, INTER_AREA);
      byte[] tile = new byte[TILE * TILE];
      small.<ByteBuffer>createBuffer().get(tile);
      return new Look(
          tile,
          GreyLayout.of(pixels, SIDE),
          (float) (colour / plane),
          ImageTraits.of(form, pixels));
    } finally {
      scope.close();
    }
  }
}
