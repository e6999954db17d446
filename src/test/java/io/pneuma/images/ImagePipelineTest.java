package io.pneuma.images;

import static org.bytedeco.opencv.global.opencv_imgcodecs.IMREAD_ANYDEPTH;
import static org.bytedeco.opencv.global.opencv_imgcodecs.IMREAD_COLOR;
import static org.bytedeco.opencv.global.opencv_imgcodecs.imread;
import static org.bytedeco.opencv.global.opencv_imgcodecs.imwrite;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.config.Recipe.Augmentation;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.bytedeco.opencv.opencv_core.Mat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.factory.Nd4j;

class ImagePipelineTest {
  private static final int SIDE = TestImages.SIDE;
  private static final Augmentation ALL = new Augmentation(0.8, 15, 0.5, 4);

  @TempDir private Path folder;

  private LabelledImage save(BufferedImage image) throws IOException {
    byte[] bytes = TestImages.encode(image, "png");
    Path file = Files.write(folder.resolve("image.png"), bytes);
    return new LabelledImage(file, 0, "p", Hash.hex(bytes));
  }

  private static float[] read(
      LabelledImage image, int view, int size, Augmentation augmentation, long seed)
      throws IOException {
    ImagePipeline pipeline = new ImagePipeline(size, augmentation, seed);
    FloatBuffer target = FloatBuffer.allocate(pipeline.length());
    pipeline.read(Files.readAllBytes(image.file()), image, view, target);
    return target.array();
  }

  @Test
  void refusesAFileThatIsNotTheOneThatWasChecked() throws IOException {
    LabelledImage image = save(TestImages.marked(3, 5));
    ImagePipeline pipeline = new ImagePipeline(SIDE, ALL, 1);
    FloatBuffer target = FloatBuffer.allocate(pipeline.length());
    pipeline.read(image, 1, target.clear());
    save(TestImages.marked(5, 3)); // In its place.
    DatasetException failure =
        assertThrows(DatasetException.class, () -> pipeline.read(image, 1, target.clear()));
    assertTrue(
        failure.getMessage().startsWith(image.file() + ": has changed since it was checked"));
  }

  /** The place of the brightest pixel of the red plane. */
  private static int brightest(float[] pixels, int size) {
    int best = 0;
    for (int i = 0; i < size * size; i++) {
      best = pixels[i] > pixels[best] ? i : best;
    }
    return best;
  }

  /** White in the square of 4 x 4 pixels whose upper left corner is given. */
  private static BufferedImage spot(int left, int top) {
    BufferedImage image = TestImages.plain(0);
    for (int i = 0; i < 16; i++) {
      image.setRGB(left + i % 4, top + i / 4, 0xFFFFFF);
    }
    return image;
  }

  @Test
  void thePlainViewIsTheImageItself() throws IOException {
    float[] expected = new float[3 * SIDE * SIDE];
    for (int plane = 0; plane < 3; plane++) {
      expected[plane * SIDE * SIDE + 5 * SIDE + 3] = 1;
    }

    float[] pixels = read(save(TestImages.marked(3, 5)), ImagePipeline.PLAIN, SIDE, ALL, 1);

    assertArrayEquals(expected, pixels);
  }

  private static float[] read(LabelledImage image, FixedView view) throws IOException {
    ImagePipeline pipeline = new ImagePipeline(SIDE, ALL, 1).lookingAt(view);
    FloatBuffer target = FloatBuffer.allocate(pipeline.length());
    pipeline.read(image.file(), target);
    return target.array();
  }

  @Test
  void aFixedViewIsTheSameWhateverTheImageAndItsMirrorImageExact() throws IOException {
    LabelledImage image = save(TestImages.marked(3, 5));
    float[] plain = read(image, ImagePipeline.PLAIN, SIDE, ALL, 1);
    assertArrayEquals(plain, read(image, FixedView.PLAIN));
    float[] mirrored = read(image, new FixedView(1, 0.5, 0.5, true));
    for (int i = 0; i < plain.length; i++) {
      assertEquals(plain[i / SIDE * SIDE + SIDE - 1 - i % SIDE], mirrored[i], 1e-6F);
    }
  }

  @Test
  void aFixedCropOfACornerEnlargesIt() throws IOException {
    LabelledImage image = save(spot(0, 0));
    float[] left = read(image, new FixedView(0.5, 0, 0, false));
    int white = 0;
    for (int i = 0; i < SIDE * SIDE; i++) {
      white += left[i] > 0.5 ? 1 : 0;
    }
    assertEquals(64, white); // 4 x 4 pixels at twice their size.
    float[] right = read(image, new FixedView(0.5, 1, 0, false));
    assertEquals(0, right[brightest(right, SIDE)]);
  }

  /** Grey files are decoded to one channel, which must change no pixel of any view. */
  @ParameterizedTest
  @ValueSource(ints = {BufferedImage.TYPE_BYTE_GRAY, BufferedImage.TYPE_USHORT_GRAY})
  void greyIsTheSameAsColourWithoutColours(int type) throws IOException {
    BufferedImage grey = new BufferedImage(90, 70, type);
    Random random = new Random(1);
    for (int i = 0; i < 90 * 70; i++) {
      grey.getRaster().setSample(i % 90, i / 90, 0, random.nextInt(256));
    }
    Path colour = folder.resolve("colour.png");
    try (Mat pixels = imread(save(grey).file().toString(), IMREAD_COLOR | IMREAD_ANYDEPTH)) {
      imwrite(colour.toString(), pixels);
    }
    byte[] bytes = Files.readAllBytes(folder.resolve("image.png"));
    assertEquals(1, ImageHeader.parse(bytes).orElseThrow().channels());
    assertEquals(3, ImageHeader.parse(Files.readAllBytes(colour)).orElseThrow().channels());
    for (int view = 0; view < 4; view++) {
      assertArrayEquals(
          read(new LabelledImage(colour, 0, "p", "ab".repeat(32)), view, 32, ALL, 1),
          read(
              new LabelledImage(folder.resolve("image.png"), 0, "p", "ab".repeat(32)),
              view,
              32,
              ALL,
              1));
    }
  }

  /** A JPEG that is to shrink much is decoded smaller, which averages as shrinking it would. */
  @ParameterizedTest
  @ValueSource(ints = {BufferedImage.TYPE_BYTE_GRAY, BufferedImage.TYPE_INT_RGB})
  void largeJpegsAreDecodedSmallerToTheSameView(int type) throws IOException {
    BufferedImage large = new BufferedImage(704, 512, type);
    for (int y = 0; y < 512; y++) {
      for (int x = 0; x < 704; x++) {
        int grey = (int) (128 + 50 * (Math.sin(x / 9.0) + Math.cos(y / 7.0)));
        large.setRGB(x, y, 0x010101 * grey);
      }
    }
    Path jpeg = Files.write(folder.resolve("large.jpg"), TestImages.encode(large, "jpg"));
    Path whole = folder.resolve("large.png");
    try (Mat pixels = imread(jpeg.toString(), IMREAD_COLOR)) {
      imwrite(whole.toString(), pixels);
    }
    ImageDecoder.decode(
        Files.readAllBytes(jpeg), "jpeg", 64, pixels -> assertEquals(176, pixels.cols()));
    ImageDecoder.decode(
        Files.readAllBytes(jpeg), "jpeg", 129, pixels -> assertEquals(704, pixels.cols()));
    for (int view = 0; view < 3; view++) {
      float[] fast = read(new LabelledImage(jpeg, 0, "p", "ab".repeat(32)), view, 32, ALL, 1);
      float[] slow = read(new LabelledImage(whole, 0, "p", "ab".repeat(32)), view, 32, ALL, 1);
      assertArrayEquals(slow, fast, 5 / 255f);
      double sum = 0;
      for (int i = 0; i < slow.length; i++) {
        sum += Math.abs(slow[i] - fast[i]);
      }
      assertEquals(0, sum / slow.length, 2 / 255.0);
    }
  }

  @Test
  void shrinkingAverages() throws IOException {
    float[] pixels = read(save(TestImages.marked(3, 5)), ImagePipeline.PLAIN, 4, ALL, 1);

    assertEquals(16 / 255f, pixels[4], 1e-6); // 255 / 16 rounded, in the block of (3, 5)
    assertEquals(0, pixels[5]);
  }

  @Test
  void aFlipMirrorsLeftAndRightExactly() throws IOException {
    Augmentation flip = new Augmentation(1, 0, 1, 1);

    float[] pixels = read(save(TestImages.marked(3, 5)), 1, SIDE, flip, 1);

    float[] expected = new float[3 * SIDE * SIDE];
    for (int plane = 0; plane < 3; plane++) {
      expected[plane * SIDE * SIDE + 5 * SIDE + SIDE - 1 - 3] = 1;
    }
    assertArrayEquals(expected, pixels);
  }

  @Test
  void flipsComeAsOftenAsAsked() throws IOException {
    Augmentation half = new Augmentation(1, 0, 0.5, 100);
    LabelledImage image = save(TestImages.marked(3, 5));
    int flipped = 0;
    for (int view = 1; view <= 100; view++) {
      flipped += brightest(read(image, view, SIDE, half, 1), SIDE) % SIDE == 3 ? 0 : 1;
    }

    assertTrue(flipped > 30 && flipped < 70, flipped + " of 100");
  }

  @Test
  void rotationTurnsAboutTheCentreByNoMoreThanAsked() throws IOException {
    // The spot's centre (12, 8) is 4 right of the image's, so an angle moves it 4 sin(angle) down.
    Augmentation turn = new Augmentation(1, 30, 0, 50);
    LabelledImage image = save(spot(10, 6));
    double least = 0;
    double most = 0;
    for (int view = 1; view <= 50; view++) {
      float[] pixels = read(image, view, SIDE, turn, 1);
      double mass = 0;
      double x = 0;
      double y = 0;
      for (int i = 0; i < SIDE * SIDE; i++) {
        int row = i / SIDE;
        int column = i % SIDE;
        mass += pixels[i];
        x += pixels[i] * (column + 0.5 - 8);
        y += pixels[i] * (row + 0.5 - 8);
      }
      double degrees = Math.toDegrees(Math.atan2(y, x));
      assertEquals(4 * mass, Math.hypot(x, y), 0.1 * mass, "the spot keeps its distance");
      least = Math.min(least, degrees);
      most = Math.max(most, degrees);
    }

    assertTrue(least < -20 && least > -32, "least " + least);
    assertTrue(most > 20 && most < 32, "most " + most);
  }

  @Test
  void aCropEnlargesAndMoves() throws IOException {
    Augmentation crop = new Augmentation(0.5, 0, 0, 50);
    LabelledImage image = save(spot(6, 6));
    double mostMass = 0;
    for (int view = 1; view <= 50; view++) {
      double mass = 0;
      float[] pixels = read(image, view, SIDE, crop, 1);
      for (int i = 0; i < SIDE * SIDE; i++) {
        mass += pixels[i];
      }
      assertTrue(mass < 66, "never more than twice each way: 16 pixels become " + mass);
      mostMass = Math.max(mostMass, mass);
    }

    assertTrue(mostMass > 40, "some view is much enlarged: 16 pixels become " + mostMass);
  }

  @Test
  void whatIsTurnedInRepeatsTheBorder() throws IOException {
    Augmentation turn = new Augmentation(1, 45, 0, 10);
    LabelledImage image = save(TestImages.plain(0xFFFFFF));
    float[] white = new float[3 * SIDE * SIDE];
    Arrays.fill(white, 1);
    for (int view = 1; view <= 10; view++) {
      assertArrayEquals(white, read(image, view, SIDE, turn, 1), "view " + view);
    }
  }

  @Test
  void viewsKeepTheOrderOfColours() throws IOException {
    float[] pixels = read(save(TestImages.plain(0xFF0000)), 1, SIDE, ALL, 1);

    assertEquals(1, pixels[0]);
    assertEquals(0, pixels[SIDE * SIDE]);
    assertEquals(0, pixels[2 * SIDE * SIDE]);
  }

  @Test
  void viewsKeepSixteenBits() throws IOException {
    BufferedImage grey = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_USHORT_GRAY);
    for (int i = 0; i < SIDE * SIDE; i++) {
      grey.getRaster().setSample(i % SIDE, i / SIDE, 0, 40_001);
    }

    assertEquals(40_001 / 65_535f, read(save(grey), 1, SIDE, ALL, 1)[100], 1e-6);
  }

  @Test
  void aViewIsTheSameOnEveryThread() throws Exception {
    LabelledImage image = save(spot(3, 5));
    ImagePipeline shared = new ImagePipeline(SIDE, ALL, 1);
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Future<float[]>> reads = new ArrayList<>();
      for (int i = 0; i < 80; i++) {
        int view = i % 8 + 1;
        reads.add(
            threads.submit(
                () -> {
                  FloatBuffer target = FloatBuffer.allocate(shared.length());
                  shared.read(image, view, target);
                  return target.array();
                }));
      }
      for (int i = 0; i < 80; i++) {
        assertArrayEquals(read(image, i % 8 + 1, SIDE, ALL, 1), reads.get(i).get(), "read " + i);
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void viewsDifferByNumberSeedAndContent() throws IOException {
    LabelledImage image = save(spot(3, 5));
    float[] view = read(image, 1, SIDE, ALL, 1);
    LabelledImage otherContent = new LabelledImage(image.file(), 0, "p", "another hash");

    assertFalse(Arrays.equals(view, read(image, 2, SIDE, ALL, 1)));
    assertFalse(Arrays.equals(view, read(image, 1, SIDE, ALL, 2)));
    assertFalse(Arrays.equals(view, read(otherContent, 1, SIDE, ALL, 1)));
  }

  @Test
  void theGeneratorOfNd4jIsNotTouched() throws IOException {
    LabelledImage image = save(spot(3, 5));
    Nd4j.getRandom().setSeed(42);
    double undisturbed = Nd4j.rand(1).getDouble(0);

    Nd4j.getRandom().setSeed(42);
    read(image, 1, SIDE, ALL, 1);

    assertEquals(42, Nd4j.getRandom().getSeed());
    assertEquals(undisturbed, Nd4j.rand(1).getDouble(0));
  }

  @Test
  void theKeyNamesAllThatAViewDependsOn() {
    String key = new ImagePipeline(SIDE, ALL, 1).augmentationKey();

    assertEquals("affine-2 size=16 seed=1 crop=0.8 rotateDegrees=15.0 flipHorizontal=0.5", key);
    assertNotEquals(key, new ImagePipeline(SIDE, ALL, 2).augmentationKey());
    // The number of views changes none of them.
    assertEquals(
        key, new ImagePipeline(SIDE, new Augmentation(0.8, 15, 0.5, 9), 1).augmentationKey());
  }

  /** What the bank of an earlier version holds stays valid: of 8 and 16 bits, grey and coloured. */
  @ParameterizedTest
  @CsvSource({
    BufferedImage.TYPE_BYTE_GRAY + ",78188.30",
    BufferedImage.TYPE_USHORT_GRAY + ",304.2051",
    BufferedImage.TYPE_INT_RGB + ",78054.06"
  })
  void viewsAreThoseOfEarlierVersions(int type, double expected) throws IOException {
    BufferedImage image = new BufferedImage(50, 40, type);
    for (int i = 0; i < 50 * 40; i++) {
      for (int band = 0; band < image.getRaster().getNumBands(); band++) {
        image.getRaster().setSample(i % 50, i / 50, band, i * (7 + band) % 251);
      }
    }
    Path file = Files.write(folder.resolve("image.png"), TestImages.encode(image, "png"));
    LabelledImage same = new LabelledImage(file, 0, "p", "ab".repeat(32)); // Whatever the encoder.
    double sum = 0;
    for (int view = 0; view < 3; view++) {
      float[] pixels = read(same, view, 20, ALL, 1);
      for (int i = 0; i < pixels.length; i++) {
        sum += pixels[i] * (1 + i % 89);
      }
    }
    assertEquals(expected, sum, 1e-5 * expected);
  }

  @Test
  void theTargetIsFilledFromItsPosition() throws IOException {
    ImagePipeline pipeline = new ImagePipeline(SIDE, ALL, 1);
    FloatBuffer target = FloatBuffer.allocate(2 + pipeline.length()).position(1);

    pipeline.read(save(TestImages.plain(0xFFFFFF)), ImagePipeline.PLAIN, target);

    assertEquals(1 + pipeline.length(), target.position());
    assertEquals(0, target.get(0));
    assertEquals(1, target.get(1));
    assertEquals(0, target.get(1 + pipeline.length()));
  }
}
