package io.pneuma.images;

import static org.bytedeco.opencv.global.opencv_core.CV_8U;
import static org.bytedeco.opencv.global.opencv_imgcodecs.IMREAD_COLOR;
import static org.bytedeco.opencv.global.opencv_imgcodecs.imread;
import static org.bytedeco.opencv.global.opencv_imgcodecs.imwrite;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.config.Recipe.Augmentation;
import io.pneuma.config.Variation;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bytedeco.opencv.opencv_core.Mat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each key of the variation in views of files of every kind. */
class VariationTest {
  private static final int SIZE = 32;
  private static final int NO_JPEG = Variation.NO_COMPRESSION;
  private static final Map<String, Variation> EACH = new LinkedHashMap<>();

  static {
    EACH.put("brightness", new Variation(0.5, 0, 0, 0, 0, 1, 0, NO_JPEG, 0, 0, 0));
    EACH.put("contrast", new Variation(0, 0.5, 0, 0, 0, 1, 0, NO_JPEG, 0, 0, 0));
    EACH.put("gamma", new Variation(0, 0, 0.5, 0, 0, 1, 0, NO_JPEG, 0, 0, 0));
    EACH.put("blur", new Variation(0, 0, 0, 0.1, 0, 1, 0, NO_JPEG, 0, 0, 0));
    EACH.put("noise", new Variation(0, 0, 0, 0, 0.5, 1, 0, NO_JPEG, 0, 0, 0));
    EACH.put("resolution", new Variation(0, 0, 0, 0, 0, 0.2, 0, NO_JPEG, 0, 0, 0));
    EACH.put("clahe", new Variation(0, 0, 0, 0, 0, 1, 40, NO_JPEG, 0, 0, 0));
    EACH.put("jpegQuality", new Variation(0, 0, 0, 0, 0, 1, 0, 5, 0, 0, 0));
    EACH.put("translate", new Variation(0, 0, 0, 0, 0, 1, 0, NO_JPEG, 0.3, 0, 0));
    EACH.put("zoom", new Variation(0, 0, 0, 0, 0, 1, 0, NO_JPEG, 0, 0.5, 0));
    EACH.put("erase", new Variation(0, 0, 0, 0, 0, 1, 0, NO_JPEG, 0, 0, 0.3));
  }

  @TempDir private Path folder;

  static Stream<String> keys() {
    return EACH.keySet().stream();
  }

  private static Augmentation alone(Variation variation) {
    return new Augmentation(1, 0, 0, 4, variation);
  }

  private LabelledImage save(int type) throws IOException {
    BufferedImage image = new BufferedImage(48, 40, type);
    Random random = new Random(1);
    int most = type == BufferedImage.TYPE_USHORT_GRAY ? 65_536 : 256;
    for (int i = 0; i < 48 * 40; i++) {
      for (int band = 0; band < image.getRaster().getNumBands(); band++) {
        image.getRaster().setSample(i % 48, i / 48, band, random.nextInt(most));
      }
    }
    return labelled(Files.write(folder.resolve(type + ".png"), TestImages.encode(image, "png")));
  }

  private static LabelledImage labelled(Path file) {
    return new LabelledImage(file, 0, "p", "ab".repeat(32));
  }

  private static float[] read(ImagePipeline pipeline, LabelledImage image, int view)
      throws IOException {
    FloatBuffer target = FloatBuffer.allocate(pipeline.length());
    pipeline.read(Files.readAllBytes(image.file()), image, view, target);
    return target.array();
  }

  @ParameterizedTest
  @MethodSource("keys")
  void eachKeyChangesEveryKindOfFileWithinItsRangeAndAlwaysAlike(String key) throws IOException {
    ImagePipeline varied = new ImagePipeline(SIZE, alone(EACH.get(key)), 1);
    ImagePipeline still = new ImagePipeline(SIZE, alone(Variation.NONE), 1);
    for (int type :
        List.of(
            BufferedImage.TYPE_BYTE_GRAY,
            BufferedImage.TYPE_USHORT_GRAY,
            BufferedImage.TYPE_INT_RGB)) {
      LabelledImage image = save(type);
      int changed = 0;
      for (int view = 1; view <= 12; view++) {
        float[] pixels = read(varied, image, view);
        for (float pixel : pixels) {
          assertTrue(pixel >= 0 && pixel <= 1, key + " gives " + pixel);
        }
        assertArrayEquals(pixels, read(varied, image, view));
        changed += Arrays.equals(pixels, read(still, image, view)) ? 0 : 1;
        if (type != BufferedImage.TYPE_INT_RGB) {
          int plane = SIZE * SIZE;
          assertArrayEquals(
              Arrays.copyOf(pixels, plane), Arrays.copyOfRange(pixels, plane, 2 * plane));
          assertArrayEquals(
              Arrays.copyOf(pixels, plane), Arrays.copyOfRange(pixels, 2 * plane, 3 * plane));
        }
      }
      assertTrue(changed > 0, key + " changes nothing");
      assertArrayEquals(
          read(still, image, ImagePipeline.PLAIN), read(varied, image, ImagePipeline.PLAIN));
    }
  }

  @ParameterizedTest
  @MethodSource("keys")
  void greyInThreeChannelsStaysGrey(String key) throws IOException {
    LabelledImage grey = save(BufferedImage.TYPE_BYTE_GRAY);
    Path colour = folder.resolve("colour.png");
    try (Mat pixels = imread(grey.file().toString(), IMREAD_COLOR)) {
      assertEquals(CV_8U, pixels.depth());
      imwrite(colour.toString(), pixels);
    }
    ImagePipeline varied = new ImagePipeline(SIZE, alone(EACH.get(key)), 1);
    for (int view = 1; view <= 4; view++) {
      assertArrayEquals(read(varied, grey, view), read(varied, labelled(colour), view), 1e-5f, key);
    }
  }

  @Test
  void theKeyOfCachesHoldsEachOfThem() {
    Set<String> keys =
        EACH.values().stream()
            .map(variation -> new ImagePipeline(SIZE, alone(variation), 1).augmentationKey())
            .collect(Collectors.toCollection(HashSet::new));
    String none = new ImagePipeline(SIZE, alone(Variation.NONE), 1).augmentationKey();
    assertEquals(EACH.size(), keys.size());
    assertFalse(keys.contains(none));
    assertEquals("affine-2 size=32 seed=1 crop=1.0 rotateDegrees=0.0 flipHorizontal=0.0", none);
  }

  @Test
  void aKeyDoesNotChangeWhatTheOthersDraw() {
    Augmentation zoomed = new Augmentation(0.8, 10, 0.5, 4, EACH.get("zoom"));
    Augmentation shifted = new Augmentation(0.8, 10, 0.5, 4, EACH.get("translate"));
    Geometry first = Geometry.draw(zoomed, new Random(5));
    Geometry second = Geometry.draw(shifted, new Random(5));
    assertEquals(first.degrees(), second.degrees());
    assertEquals(1, second.zoom());
    assertNotEquals(1, first.zoom());
    assertEquals(0, first.shiftX(), 1e-12);
    assertNotEquals(0, second.shiftX());
  }

  private static float[] spotSeen(Geometry geometry) {
    int side = 40;
    Mat image = Mat.zeros(side, side, CV_8U).asMat();
    image.ptr(20, 10).put((byte) 255);
    Mat view = geometry.view(image, side);
    byte[] bytes = new byte[side * side];
    view.<ByteBuffer>createBuffer().get(bytes);
    float mass = 0;
    float x = 0;
    float y = 0;
    for (int i = 0; i < bytes.length; i++) {
      float value = (bytes[i] & 0xFF) / 255f;
      mass += value;
      x += value * (i % side);
      int row = i / side;
      y += value * row;
    }
    return new float[] {mass, x / mass, y / mass};
  }

  @Test
  void aShiftMovesByItsShareOfTheSide() {
    float[] seen = spotSeen(new Geometry(1, 0, 0, 0, false, 1, 0.1, 0.2));
    assertArrayEquals(new float[] {1, 10 + 4, 20 + 8}, seen, 0.01f);
  }

  @Test
  void aZoomMovesAwayFromTheMiddle() {
    float[] seen = spotSeen(new Geometry(1, 0, 0, 0, false, 1.5, 0, 0));
    assertEquals(1.5 * 1.5, seen[0], 0.4); // OpenCV interpolates 8 bits between 32 places.
    assertEquals(19.5 - 1.5 * 9.5, seen[1], 0.1);
    assertEquals(19.5 + 1.5 * 0.5, seen[2], 0.1);
  }

  @Test
  void shiftsAreFiveStrengthsOfEachKindAndLeaveTheRangeAlone() throws IOException {
    List<Shift> shifts = Shift.all();
    Map<String, List<Shift>> kinds =
        shifts.stream().collect(Collectors.groupingBy(Shift::kind, Collectors.toList()));
    kinds.forEach(
        (kind, all) ->
            assertEquals(List.of(1, 2, 3, 4, 5), all.stream().map(Shift::strength).toList(), kind));
    ImagePipeline plain = new ImagePipeline(SIZE, alone(Variation.NONE), 1);
    LabelledImage image = save(BufferedImage.TYPE_USHORT_GRAY);
    float[] clean = read(plain, image, ImagePipeline.PLAIN);
    for (Shift shift : shifts) {
      float[] pixels = read(plain.shifted(shift), image, ImagePipeline.PLAIN);
      for (float pixel : pixels) {
        assertTrue(pixel >= 0 && pixel <= 1, shift.kind() + " gives " + pixel);
      }
      assertFalse(Arrays.equals(clean, pixels), shift.kind());
      assertArrayEquals(pixels, read(plain.shifted(shift), image, ImagePipeline.PLAIN));
    }
  }

  @Test
  void noiseOfAShiftIsTheSameForEveryRecipe() throws IOException {
    Shift noise =
        Shift.all().stream().filter(shift -> shift.kind().equals("noise")).findFirst().get();
    LabelledImage image = save(BufferedImage.TYPE_BYTE_GRAY);
    assertArrayEquals(
        read(new ImagePipeline(SIZE, alone(Variation.NONE), 1).shifted(noise), image, 0),
        read(new ImagePipeline(SIZE, alone(Variation.NONE), 2).shifted(noise), image, 0));
  }
}
