package io.pneuma.images;

import static org.bytedeco.opencv.global.opencv_core.CV_16U;
import static org.bytedeco.opencv.global.opencv_core.CV_8U;

import io.pneuma.config.Recipe.Augmentation;
import io.pneuma.config.Recipe.DicomRule;
import io.pneuma.config.Variation;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import java.nio.file.Path;
import java.util.Random;
import org.bytedeco.javacv.OpenCVFrameConverter;
import org.bytedeco.opencv.opencv_core.Mat;
import org.datavec.image.data.ImageWritable;

/**
 * From a file to the floats of a network's input: decoded, augmented or not, resized to a square,
 * three planes R, G, B in [0,1]. Safe for any number of threads.
 *
 * <p>A view is the same at every run and on every thread: its generator is its own, seeded by the
 * recipe's seed, the file's content and the view's number. Nd4j's generator is never drawn from, so
 * augmentation disturbs neither initialisation nor dropout.
 */
public final class ImagePipeline {
  /** The view that is the image itself, resized. */
  public static final int PLAIN = 0;

  /** To be raised whenever the pixels of a view change, plain, augmented or shifted. */
  private static final int ALGORITHM = 2;

  /** To be raised whenever the pixels of a view change by which one unit differs from another. */
  private static final int VARIATION = 1;

  private final int imageSize;
  private final Augmentation augmentation;
  private final long seed;
  private final FixedView look;
  private final Shift shift;

  /**
   * A pipeline for one recipe.
   *
   * @param imageSize side of the square in pixels
   * @param augmentation how views other than {@link #PLAIN} differ from the image
   */
  public ImagePipeline(int imageSize, Augmentation augmentation, long seed) {
    this(imageSize, augmentation, seed, FixedView.PLAIN, Shift.NONE);
  }

  private ImagePipeline(
      int imageSize, Augmentation augmentation, long seed, FixedView look, Shift shift) {
    this.imageSize = imageSize;
    this.augmentation = augmentation;
    this.seed = seed;
    this.look = look;
    this.shift = shift;
  }

  /** A pipeline that gives images as they are. */
  public static ImagePipeline plain(int imageSize) {
    return new ImagePipeline(imageSize, new Augmentation(1, 0, 0, 1), 0);
  }

  /** The same, but that its {@link #PLAIN} view is another look at the image. */
  public ImagePipeline lookingAt(FixedView view) {
    return new ImagePipeline(imageSize, augmentation, seed, view, shift);
  }

  /**
   * The same with plain views as if they came from elsewhere. Nothing of them may be stored; what
   * may be has a number of its own ({@link ImageView#shifted}).
   */
  public ImagePipeline shifted(Shift other) {
    return new ImagePipeline(imageSize, augmentation, seed, look, other);
  }

  /** Side of the square in pixels. */
  public int imageSize() {
    return imageSize;
  }

  /** How views other than {@link #PLAIN} differ from the image. */
  public Augmentation augmentation() {
    return augmentation;
  }

  /** The recipe's, by which augmented views are drawn. */
  public long seed() {
    return seed;
  }

  /** The number of floats of one view: 3 x S x S. */
  public int length() {
    return 3 * imageSize * imageSize;
  }

  /**
   * What the pixels of a plain view depend on beside the image and its size; for keys of caches.
   */
  public static String plainKey() {
    return "plain-" + ALGORITHM;
  }

  /** All that the pixels of an augmented view depend on beside the image; for keys of caches. */
  public String augmentationKey() {
    String geometry =
        "affine-%d size=%d seed=%d crop=%s rotateDegrees=%s flipHorizontal=%s"
            .formatted(
                ALGORITHM,
                imageSize,
                seed,
                augmentation.crop(),
                augmentation.rotateDegrees(),
                augmentation.flipHorizontal());
    Variation variation = augmentation.variation();
    return variation.equals(Variation.NONE)
        ? geometry // As before there were others, so that what is stored stays valid.
        : geometry + " unit-" + VARIATION + " " + variation;
  }

  /**
   * Reads one view of an image.
   *
   * @param view the number of an {@link ImageView}
   * @param target takes {@link #length} floats at its position, which moves past them
   * @throws UnreadableImageException when the file gives no image
   * @throws DatasetException when its bytes are not those that were checked: what is stored under
   *     their hash must be made of them
   */
  public void read(LabelledImage image, int view, FloatBuffer target) throws IOException {
    read(ImageBytes.of(image).bytes(), image, view, target);
  }

  void read(byte[] bytes, LabelledImage image, int view, FloatBuffer target)
      throws UnreadableImageException {
    String name = image.file().toString();
    if (view < PLAIN) {
      shifted(Shift.MIDDLE.get(-1 - view)).read(bytes, image, PLAIN, target);
      return;
    }
    if (view == PLAIN || augmentation.isIdentity()) {
      readPlain(bytes, name, ImageBytes.noise(image), target);
      return;
    }
    ImageDecoder.decode(
        bytes,
        name,
        Geometry.wanted(augmentation, imageSize),
        decoded -> write(augment(decoded, image, view), target));
  }

  private void readPlain(byte[] bytes, String name, int noise, FloatBuffer target)
      throws UnreadableImageException {
    Geometry geometry = look.of(shift);
    int wanted = (int) Math.ceil(imageSize * Math.max(1, geometry.zoom()) / geometry.crop());
    ImageDecoder.decode(
        bytes,
        name,
        wanted,
        decoded ->
            write(shift.exposure().seeded(noise).of(geometry.view(decoded, imageSize)), target));
  }

  /**
   * Reads the plain view of a file that need not be in a data set.
   *
   * @param target takes {@link #length} floats at its position, which moves past them
   * @throws UnreadableImageException when the file gives no image
   */
  public void read(Path file, FloatBuffer target) throws IOException {
    read(ImageBytes.of(file, DicomRule.STRICT), target);
  }

  /**
   * Reads the plain view of an image that need not be in a data set.
   *
   * @param target takes {@link #length} floats at its position, which moves past them
   * @throws UnreadableImageException when the bytes give no image
   */
  public void read(ImageBytes image, FloatBuffer target) throws UnreadableImageException {
    readPlain(image.bytes(), image.name(), image.noise(), target);
  }

  private Mat augment(Mat decoded, LabelledImage image, int view) {
    OpenCVFrameConverter.ToMat frames = new OpenCVFrameConverter.ToMat();
    Random random = new Random(Hash.seed(seed, image.sha256(), view));
    ImageWritable viewed =
        new RandomView(imageSize, augmentation)
            .transform(new ImageWritable(frames.convert(decoded)), random);
    return frames.convert(viewed.getFrame());
  }

  /** From grey or interleaved BGR, of 8 or 16 bits or floats, to planes of floats. */
  private void write(Mat square, FloatBuffer target) {
    int plane = imageSize * imageSize;
    int channels = square.channels();
    float[] samples = new float[channels * plane];
    if (square.depth() == CV_8U) {
      byte[] bytes = new byte[samples.length];
      square.<ByteBuffer>createBuffer().get(bytes);
      for (int i = 0; i < samples.length; i++) {
        samples[i] = (bytes[i] & 0xFF) / 255f;
      }
    } else if (square.depth() == CV_16U) {
      short[] shorts = new short[samples.length];
      square.<ShortBuffer>createBuffer().get(shorts);
      for (int i = 0; i < samples.length; i++) {
        samples[i] = (shorts[i] & 0xFFFF) / 65535f;
      }
    } else {
      square.<FloatBuffer>createBuffer().get(samples);
    }
    if (channels == 1) {
      target.put(samples).put(samples).put(samples);
      return;
    }
    float[] rgb = new float[samples.length];
    for (int i = 0; i < plane; i++) {
      rgb[i] = samples[3 * i + 2];
      rgb[plane + i] = samples[3 * i + 1];
      rgb[2 * plane + i] = samples[3 * i];
    }
    target.put(rgb);
  }
}
