package io.pneuma;

import java.awt.image.BufferedImage;
import java.awt.image.WritableRaster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;
import java.util.stream.Stream;
import javax.imageio.ImageIO;

/**
 * The same radiographs from another machine: grey values times a gain, plus an offset, plus noise,
 * on a scale from 0 to 1.
 */
public record AnotherScanner(double gain, double offset, double noise) {
  /** Takes some PNG of a folder again, in their place. */
  public void retake(Path folder, Path scratch, Predicate<Path> which) throws IOException {
    copy(folder, scratch);
    List<Path> files;
    try (Stream<Path> walk = Files.walk(scratch)) {
      files = walk.filter(Files::isRegularFile).filter(which).sorted().toList();
    }
    for (Path file : files) {
      Path own = folder.resolve(scratch.relativize(file).toString());
      Files.copy(file, own, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  /** Takes all PNG below a folder again, into the same folders of another. */
  public void copy(Path from, Path to) throws IOException {
    List<Path> files;
    try (Stream<Path> walk = Files.walk(from)) {
      files = walk.filter(file -> file.toString().endsWith(".png")).sorted().toList();
    }
    Random random = new Random(1);
    for (Path file : files) {
      BufferedImage image = ImageIO.read(file.toFile());
      WritableRaster grey = image.getRaster();
      for (int y = 0; y < grey.getHeight(); y++) {
        for (int x = 0; x < grey.getWidth(); x++) {
          double light = grey.getSample(x, y, 0) / 255.0 * gain + offset;
          light += noise * random.nextGaussian();
          grey.setSample(x, y, 0, (int) Math.round(255 * Math.min(1, Math.max(0, light))));
        }
      }
      Path copy = to.resolve(from.relativize(file).toString());
      Files.createDirectories(copy.getParent());
      ImageIO.write(image, "png", copy.toFile());
    }
  }
}
