package io.pneuma.dicom;

import static io.pneuma.dicom.TestDicom.file;
import static io.pneuma.dicom.TestDicom.xray;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Scanner;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that dcmtk and gdcm wrote, and pixels that they read; skipped where they are missing. */
class DicomPeersTest {
  /** Beside what a converter writes, all that it takes but the two files. */
  private static final Map<String, List<String>> CONVERTERS =
      Map.ofEntries(
          Map.entry("implicit", List.of("dcmconv", "+ti")),
          Map.entry("big-endian", List.of("dcmconv", "+tb")),
          Map.entry("deflated", List.of("dcmconv", "+td")),
          Map.entry("undefined lengths", List.of("dcmconv", "-e", "+te")),
          Map.entry("RLE", List.of("dcmcrle")),
          Map.entry("JPEG lossless", List.of("dcmcjpeg", "+e1")),
          Map.entry("JPEG lossless, predictor 4", List.of("dcmcjpeg", "+el", "+sv", "4")),
          Map.entry("JPEG lossless, predictor 7", List.of("dcmcjpeg", "+el", "+sv", "7")),
          Map.entry("JPEG 2000", List.of("gdcmconv", "--j2k")));

  @TempDir Path folder;

  private static boolean isThere(String program) {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator))
        .anyMatch(place -> Files.isExecutable(Path.of(place, program)));
  }

  private static void run(List<String> words) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(words)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertTrue(process.waitFor(60, TimeUnit.SECONDS), words.toString());
    assertEquals(0, process.exitValue(), words.toString());
  }

  private static Map<String, DataSetWriter> images() {
    Map<String, DataSetWriter> images = new LinkedHashMap<>();
    images.put("8 bits", xray(8, 8, 7, false));
    images.put("12 bits", xray(12, 16, 11, false));
    images.put("12 bits signed", xray(12, 16, 11, true));
    images.put("16 bits", xray(16, 16, 15, false));
    images.put("16 bits signed", xray(16, 16, 15, true));
    images.put(
        "a negative with a window",
        xray()
            .text(Tag.PHOTOMETRIC, "CS", "MONOCHROME1")
            .text(Tag.WINDOW_CENTER, "DS", "1500")
            .text(Tag.WINDOW_WIDTH, "DS", "1700"));
    return images;
  }

  @Test
  void whatTheyConvertHasTheSamePixels() throws Exception {
    assumeTrue(isThere("dcmconv") && isThere("gdcmconv"), "dcmtk or gdcm is not installed");
    for (Map.Entry<String, DataSetWriter> image : images().entrySet()) {
      byte[] sound = file(image.getValue());
      Path from = Files.write(folder.resolve("from.dcm"), sound);
      for (Map.Entry<String, List<String>> converter : CONVERTERS.entrySet()) {
        Path to = folder.resolve("to.dcm");
        List<String> words = new ArrayList<>(converter.getValue());
        words.addAll(List.of(from.toString(), to.toString()));
        run(words);
        assertArrayEquals(
            DicomFile.read(sound).greys(),
            DicomFile.read(Files.readAllBytes(to)).greys(),
            image.getKey() + ", " + converter.getKey());
      }
    }
  }

  @Test
  void jpegBaselineHasThePixelsThatTheyDecode() throws Exception {
    assumeTrue(isThere("dcmcjpeg"), "dcmtk is not installed");
    Path from = Files.write(folder.resolve("from.dcm"), file(xray(8, 8, 7, false)));
    Path jpeg = folder.resolve("jpeg.dcm");
    Path back = folder.resolve("back.dcm");
    run(List.of("dcmcjpeg", "+eb", from.toString(), jpeg.toString()));
    run(List.of("dcmdjpeg", jpeg.toString(), back.toString()));
    assertArrayEquals(
        DicomFile.read(Files.readAllBytes(back)).greys(),
        DicomFile.read(Files.readAllBytes(jpeg)).greys());
  }

  @Test
  void whatIsShownIsWhatTheyShow() throws Exception {
    assumeTrue(isThere("dcm2pnm"), "dcmtk is not installed");
    for (Map.Entry<String, DataSetWriter> image : images().entrySet()) {
      byte[] sound = file(image.getValue());
      boolean window = image.getKey().endsWith("window");
      Path from = Files.write(folder.resolve("from.dcm"), sound);
      Path to = folder.resolve("to.pgm");
      List<String> words = new ArrayList<>(List.of("dcm2pnm", "+opn", "16"));
      words.addAll(window ? List.of("+Wi", "1") : List.of());
      words.addAll(List.of(from.toString(), to.toString()));
      run(words);
      int[] theirs = pnm(to);
      short[] ours = DicomFile.read(sound).greys();
      int bits = DicomFile.read(sound).bitsStored();
      // They scale 2^n values to 65,536 and round down; a window they scale as it is here.
      int step = window ? 1 : 65535 / ((1 << bits) - 1);
      for (int i = 0; i < ours.length; i++) {
        assertEquals(theirs[i], ours[i] & 0xFFFF, step, image.getKey() + ", pixel " + i);
      }
    }
  }

  @Test
  void whatIsAnsweredIsValid() throws Exception {
    assumeTrue(isThere("dciodvfy") && isThere("dsrdump"), "dicom3tools or dcmtk is not installed");
    for (Map.Entry<String, DataSetWriter> image : images().entrySet()) {
      DicomReply reply = DicomReplyTest.reply(file(image.getValue()));
      Map<String, byte[]> objects =
          Map.of(
              "ComprehensiveSR", reply.report(),
              "GrayscaleSoftcopyPresentationState", reply.presentation(),
              "SCImage", reply.capture(DicomReplyTest.picture()));
      for (Map.Entry<String, byte[]> object : objects.entrySet()) {
        Path to = Files.write(folder.resolve("reply.dcm"), object.getValue());
        Process check =
            new ProcessBuilder("dciodvfy", "-new", to.toString()).redirectErrorStream(true).start();
        String said = new String(check.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        List<String> unusual = // Of a private scheme it knows no terms, which is what makes it one.
            said.lines().filter(line -> !line.contains("99PNEUMA")).toList();
        assertEquals(List.of(object.getKey()), unusual, image.getKey());
      }
      run(List.of("dsrdump", Files.write(folder.resolve("report.dcm"), reply.report()).toString()));
    }
  }

  /** The samples of a grey image in ASCII. */
  private static int[] pnm(Path file) throws IOException {
    try (Scanner in = new Scanner(file, StandardCharsets.US_ASCII)) {
      assertEquals("P2", in.next());
      in.useDelimiter("(\\s|#[^\n]*\n)+");
      int width = in.nextInt();
      int[] samples = new int[width * in.nextInt()];
      assertEquals(65535, in.nextInt());
      Arrays.setAll(samples, i -> in.nextInt());
      return samples;
    }
  }
}
