package io.pneuma.images;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pneuma.config.Recipe;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Unusual and broken files as they are met in practice, from a folder outside the project. */
class OddImagesTest {
  private static final Path FOLDER =
      Path.of(System.getProperty("pneuma.home", "."), "..", "shared", "data", "odd_images");

  /** Mean of R, G and B as PIL decodes the file, upright, 16 bits by 65535. */
  private static final Map<String, float[]> READABLE =
      Map.ofEntries(
          Map.entry("all_black.png", new float[] {0.0000f, 0.0000f, 0.0000f}),
          Map.entry("cmyk.jpg", new float[] {0.5138f, 0.5138f, 0.5138f}),
          Map.entry("exif_orientation6.jpg", new float[] {0.5138f, 0.5138f, 0.5138f}),
          Map.entry("gray.gif", new float[] {0.5138f, 0.5138f, 0.5138f}),
          Map.entry("gray.webp", new float[] {0.5139f, 0.5139f, 0.5139f}),
          Map.entry("gray16.png", new float[] {0.5138f, 0.5138f, 0.5138f}),
          Map.entry("gray_alpha.png", new float[] {0.5138f, 0.5138f, 0.5138f}),
          Map.entry("gray_lzw.tiff", new float[] {0.5138f, 0.5138f, 0.5138f}),
          Map.entry("hopper_16bit.pgm", new float[] {0.3302f, 0.3302f, 0.3302f}),
          Map.entry("invalid-exif.jpg", new float[] {0.3611f, 0.3611f, 0.3611f}),
          Map.entry("jpeg_ff00_header.jpg", new float[] {0.4567f, 0.3095f, 0.3026f}),
          Map.entry("name with spaces éü.jpeg", new float[] {0.5137f, 0.5137f, 0.5137f}),
          Map.entry("palette.png", new float[] {0.5138f, 0.5138f, 0.5138f}),
          Map.entry("pil_sample_cmyk.jpg", new float[] {0.1186f, 0.0213f, 0.0290f}),
          Map.entry("png_named.jpeg", new float[] {0.5138f, 0.5138f, 0.5138f}),
          Map.entry("progressive.jpg", new float[] {0.5138f, 0.5138f, 0.5138f}));

  private static final Map<String, String> REFUSED =
      Map.of(
          "broken_data_stream.png", "cannot be decoded",
          "decompression_bomb.gif", "broken or truncated GIF",
          "empty.jpg", "is empty",
          "text_named.jpg", "is no whole JPEG",
          "tiny_1x1.png", "1 x 1 pixels; the least side is 16",
          "tiny_3000x8.png", "3000 x 8 pixels; the least side is 16",
          "truncated_half.jpg", "is truncated",
          "truncated_jpeg.jpg", "is truncated");

  @BeforeEach
  void needTheFolder() {
    assumeTrue(Files.isDirectory(FOLDER), FOLDER + " is not there");
    Charset names = Charset.forName(System.getProperty("sun.jnu.encoding"));
    assumeTrue(names.newEncoder().canEncode('é'), "file names of this locale are " + names);
  }

  @Test
  void everyFileHasItsOutcome() throws IOException {
    TreeSet<String> expected = new TreeSet<>(READABLE.keySet());
    expected.addAll(REFUSED.keySet());
    try (Stream<Path> files = Files.list(FOLDER)) {
      assertEquals(
          expected,
          files
              .map(file -> file.getFileName().toString())
              .collect(Collectors.toCollection(TreeSet::new)));
    }
  }

  @Test
  void readableFilesHaveTheMeansOfPil() throws IOException {
    // Area averaging to a square keeps the mean, up to the rounding of each pixel.
    ImagePipeline pipeline = new ImagePipeline(64, new Recipe.Augmentation(1, 0, 0, 1), 1);
    for (Map.Entry<String, float[]> file : READABLE.entrySet()) {
      FloatBuffer pixels = FloatBuffer.allocate(pipeline.length());
      byte[] bytes = ImageDecoder.bytes(FOLDER.resolve(file.getKey()));
      pipeline.read(new ImageBytes(file.getKey(), bytes, 0), pixels);
      for (int channel = 0; channel < 3; channel++) {
        double sum = 0;
        for (int i = 0; i < 64 * 64; i++) {
          sum += pixels.get(channel * 64 * 64 + i);
        }
        assertEquals(
            file.getValue()[channel], sum / (64 * 64), 2 / 255.0, file.getKey() + " " + channel);
      }
    }
  }

  @Test
  void otherFilesAreRefusedWithTheirReasons() {
    REFUSED.forEach(
        (name, reason) -> {
          UnreadableImageException e =
              assertThrows(
                  UnreadableImageException.class,
                  () ->
                      ImageDecoder.decode(
                          ImageDecoder.bytes(FOLDER.resolve(name)),
                          name,
                          ImageDecoder.WHOLE,
                          pixels -> {}),
                  name);
          assertTrue(e.getMessage().startsWith(name + ": "), e.getMessage());
          assertTrue(e.reason().contains(reason), e.getMessage());
        });
  }
}
