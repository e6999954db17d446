package io.pneuma.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.pneuma.config.Recipe.Augmentation;
import io.pneuma.images.ImageView;
import io.pneuma.images.LabelledImage;
import io.pneuma.phantoms.Phantoms;
import io.pneuma.weights.Digest;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;

/** Phantom radiographs, enlarged to JPEGs of a usual size, with grain as a detector has it. */
final class Radiographs {
  static final int SIDE = 1024;
  private static final int IMAGES = 24;
  private static final float QUALITY = 0.9f;
  private static final int GRAIN = 6; // Standard deviation, of 255.

  private Radiographs() {}

  /** The phantoms as they are, drawn once. */
  static Path phantoms(Path folder) throws IOException {
    Path phantoms = folder.resolve("phantoms");
    if (!Files.exists(phantoms)) {
      Phantoms.draw(phantoms, Recipes.SEED);
    }
    return phantoms;
  }

  /** The JPEGs, and beside them how Pneuma's first view of each is drawn; made once. */
  static Path jpegs(Path folder) throws IOException {
    Path jpegs = folder.resolve("jpegs");
    Path views = jpegs.resolve("views.json");
    if (Files.exists(views)) {
      return jpegs;
    }
    Files.createDirectories(jpegs);
    List<Path> sources;
    try (Stream<Path> files = Files.walk(phantoms(folder).resolve("train"))) {
      sources = files.filter(Files::isRegularFile).sorted().limit(IMAGES).toList();
    }
    for (int i = 0; i < sources.size(); i++) {
      write(enlarge(sources.get(i), i), jpegs.resolve("%02d.jpeg".formatted(i)));
    }
    List<Map<String, Object>> parameters = new ArrayList<>();
    for (LabelledImage image : images(jpegs)) {
      parameters.add(firstView(image));
    }
    new ObjectMapper().writeValue(views.toFile(), parameters);
    return jpegs;
  }

  /** The JPEGs in a folder, each a patient of its own. */
  static List<LabelledImage> images(Path jpegs) throws IOException {
    List<LabelledImage> images = new ArrayList<>();
    try (Stream<Path> files = Files.list(jpegs)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".jpeg")).sorted().toList()) {
        images.add(new LabelledImage(file, 0, file.toString(), Digest.sha256(file)));
      }
    }
    return images;
  }

  /** All augmented views of a recipe. */
  static List<ImageView> views(List<LabelledImage> images) {
    List<ImageView> views = new ArrayList<>();
    for (int view = 1; view <= Recipes.AUGMENTATION.views(); view++) {
      for (LabelledImage image : images) {
        views.add(new ImageView(image, view));
      }
    }
    return views;
  }

  private static BufferedImage enlarge(Path file, int seed) throws IOException {
    BufferedImage source = ImageIO.read(file.toFile());
    BufferedImage large = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_BYTE_GRAY);
    Graphics2D graphics = large.createGraphics();
    graphics.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
    graphics.drawImage(source, 0, 0, SIDE, SIDE, null);
    graphics.dispose();
    Random random = new Random(seed);
    int[] row = new int[SIDE];
    for (int y = 0; y < SIDE; y++) {
      large.getRaster().getSamples(0, y, SIDE, 1, 0, row);
      for (int x = 0; x < SIDE; x++) {
        row[x] = Math.max(0, Math.min(255, (int) (row[x] + GRAIN * random.nextGaussian())));
      }
      large.getRaster().setSamples(0, y, SIDE, 1, 0, row);
    }
    return large;
  }

  private static void write(BufferedImage image, Path file) throws IOException {
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    ImageWriteParam parameters = writer.getDefaultWriteParam();
    parameters.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
    parameters.setCompressionQuality(QUALITY);
    try (ImageOutputStream out = ImageIO.createImageOutputStream(file.toFile())) {
      writer.setOutput(out);
      writer.write(null, new IIOImage(image, null, null), parameters);
    } finally {
      writer.dispose();
    }
  }

  /** What {@code RandomView} draws, in its order, so that the peer can be given the same view. */
  private static Map<String, Object> firstView(LabelledImage image) {
    Augmentation augmentation = Recipes.AUGMENTATION;
    Random random = new Random(seed(image.sha256(), 1));
    double share = augmentation.crop() + (1 - augmentation.crop()) * random.nextDouble();
    double side = share * SIDE;
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("side", side);
    view.put("left", random.nextDouble() * (SIDE - side));
    view.put("top", random.nextDouble() * (SIDE - side));
    view.put("degrees", (2 * random.nextDouble() - 1) * augmentation.rotateDegrees());
    view.put("mirror", random.nextDouble() < augmentation.flipHorizontal());
    return view;
  }

  private static long seed(String sha256, int view) {
    String text = Recipes.SEED + "\n" + sha256 + "\n" + view + "\n";
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return ByteBuffer.wrap(hash).getLong();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // Every Java has SHA-256.
    }
  }
}
