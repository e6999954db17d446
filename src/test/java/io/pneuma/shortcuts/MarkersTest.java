package io.pneuma.shortcuts;

import static org.bytedeco.opencv.global.opencv_core.CV_8U;
import static org.bytedeco.opencv.global.opencv_imgproc.LINE_8;
import static org.bytedeco.opencv.global.opencv_imgproc.rectangle;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Rect;
import org.bytedeco.opencv.opencv_core.Scalar;
import org.junit.jupiter.api.Test;

class MarkersTest {
  private static Mat grey(Rect... white) {
    Mat image = new Mat(200, 200, CV_8U, new Scalar(50));
    for (Rect each : white) {
      rectangle(image, each, new Scalar(250), -1, LINE_8, 0);
    }
    return image;
  }

  @Test
  void anLInTheTopRightCornerIsALetterThere() {
    // An upright stroke of 4 x 16 and a foot of 6 x 4: a box of 10 x 16, of which 88 pixels fill.
    float[] traits = Markers.of(grey(new Rect(160, 20, 4, 16), new Rect(164, 32, 6, 4)));

    float[] corner = new float[7];
    System.arraycopy(traits, 7, corner, 0, 7);
    float[] expected = {1, 165 / 200f, 28 / 200f, 10 / 200f, 16 / 200f, 88 / 160f, 200 / 255f};
    assertArrayEquals(expected, corner, 0.001f);
    for (int i = 0; i < traits.length; i++) {
      assertEquals(true, (i >= 7 && i < 14) || traits[i] == 0);
    }
  }

  @Test
  void aFrameAndALargeBrightFieldAreNone() {
    float[] traits =
        Markers.of(grey(new Rect(0, 0, 200, 3), new Rect(5, 150, 50, 40), new Rect(98, 90, 4, 12)));

    assertArrayEquals(new float[28], traits);
  }
}
