package io.pneuma.images;

import static org.bytedeco.opencv.global.opencv_imgcodecs.IMWRITE_JPEG_QUALITY;
import static org.bytedeco.opencv.global.opencv_imgcodecs.imwrite;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Scalar;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FileFormTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(ints = {30, 50, 75, 95})
  void theQualityOfAJpegIsToldFromItsTable(int quality) throws IOException {
    Path file = folder.resolve("grey.jpeg");
    Mat image = new Mat(24, 32, opencv_core.CV_8U, new Scalar(90));
    imwrite(file.toString(), image, new int[] {IMWRITE_JPEG_QUALITY, quality});
    byte[] bytes = Files.readAllBytes(file);

    FileForm form = FileForm.of(bytes, ImageHeader.parse(bytes).orElseThrow());

    assertEquals(quality, form.jpegQuality(), 1);
    assertEquals(new FileForm(bytes.length, 32, 24, "JPEG", 1, 8, form.jpegQuality()), form);
  }
}
