package io.pneuma.archives;

import io.pneuma.images.DatasetException;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongConsumer;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import javax.imageio.ImageIO;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;

/**
 * A data set of MedMNIST (Yang et al., "MedMNIST v2", Scientific Data 10, 41 (2023)) with one class
 * an image, as PNG files in the official splits: an NPZ with {@code train_images} (N x S x S, or N
 * x S x S x 3 in colour) and {@code train_labels} (N x 1), and the same of {@code val} and {@code
 * test}. Of PneumoniaMNIST the classes have their names, of other sets their numbers.
 */
public final class MedMnist implements AutoCloseable {
  private static final List<String> SPLITS = List.of("train", "val", "test");
  private static final List<String> PNEUMONIA = List.of("NORMAL", "PNEUMONIA");

  /** The least side that an image may have, MedMNIST's largest, and what is enough of each. */
  private static final int LEAST_SIDE = 16;

  private static final int MOST_SIDE = 1024;
  private static final int MOST_IMAGES = 200_000;

  private final Path archive;
  private final ZipFile zip;
  private final Map<String, int[]> labels = new LinkedHashMap<>();

  private MedMnist(Path archive, ZipFile zip) {
    this.archive = archive;
    this.zip = zip;
  }

  /** Whether a file is PneumoniaMNIST, of any image size, by its name. */
  public static boolean isPneumonia(Path archive) {
    return archive.getFileName().toString().toLowerCase(Locale.ROOT).startsWith("pneumoniamnist");
  }

  /**
   * Opens a set and reads its labels.
   *
   * @throws DatasetException when it is no such set
   */
  public static MedMnist open(Path archive) throws IOException {
    ZipFile zip;
    try {
      zip = ZipFile.builder().setSeekableByteChannel(Files.newByteChannel(archive)).get();
    } catch (IOException e) {
      throw new DatasetException(archive + ": cannot be read as an NPZ: " + e.getMessage());
    }
    MedMnist opened = new MedMnist(archive, zip);
    try {
      for (String split : SPLITS) {
        if (zip.getEntry(split + "_images.npy") != null || split.equals("train")) {
          opened.labels.put(split, opened.labels(split + "_labels"));
        }
      }
      return opened;
    } catch (IOException | RuntimeException e) {
      zip.close();
      throw e;
    }
  }

  /** Number of images. */
  public int fileCount() {
    return labels.values().stream().mapToInt(split -> split.length).sum();
  }

  /**
   * Writes the images.
   *
   * @param folder takes {@code train|val|test/CLASS/SPLIT-NUMBER.png}
   * @param progress takes the number of images written so far
   * @throws DatasetException when the arrays are not such images, or the folder is taken
   */
  public void into(Path folder, LongConsumer progress) throws IOException {
    NewFolder.make(
        folder,
        temporary -> {
          long done = 0;
          for (Map.Entry<String, int[]> split : labels.entrySet()) {
            write(split.getKey(), split.getValue(), temporary, done, progress);
            done += split.getValue().length;
          }
        });
  }

  /** Reads an array to its end. */
  private interface Reading<T> {
    T read(NpyHeader header, DataInputStream in) throws IOException;
  }

  private <T> T array(String name, Reading<T> reading) throws IOException {
    ZipArchiveEntry entry = zip.getEntry(name + ".npy");
    if (entry == null) {
      throw refused(
          name, "is missing; expected a set of MedMNIST, with train_images, train_labels");
    }
    if (!zip.canReadEntryData(entry)) {
      throw refused(name, "is encrypted or packed by an unknown method");
    }
    CRC32 sum = new CRC32();
    try (InputStream raw = zip.getInputStream(entry);
        DataInputStream in =
            new DataInputStream(new CheckedInputStream(new BufferedInputStream(raw), sum))) {
      T read = reading.read(NpyHeader.read(in), in);
      if (in.read() >= 0) {
        throw refused(name, "is longer than its shape");
      }
      if (sum.getValue() != entry.getCrc()) {
        throw refused(name, "is damaged: its checksum is another");
      }
      return read;
    } catch (DatasetException e) {
      throw e;
    } catch (EOFException e) {
      throw refused(name, "is shorter than its shape");
    } catch (IOException e) {
      throw refused(name, e.getMessage());
    }
  }

  private int[] labels(String name) throws IOException {
    return array(
        name,
        (header, in) -> {
          boolean column =
              header.shape().size() == 1
                  || (header.shape().size() == 2 && header.shape().get(1) == 1);
          if (!column) {
            throw refused(
                name, "has the shape " + header.size() + "; expected N x 1, a class an image");
          }
          if (!header.type().matches("[|<][iu][1248]")) {
            throw refused(name, "has the type " + header.type() + "; expected whole numbers");
          }
          int[] values = new int[count(name, header)];
          int width = header.type().charAt(2) - '0';
          for (int i = 0; i < values.length; i++) {
            long value = 0;
            for (int at = 0; at < width; at++) {
              value |= (long) in.readUnsignedByte() << (8 * at);
            }
            int most = isPneumonia(archive) ? PNEUMONIA.size() - 1 : Byte.MAX_VALUE;
            if (value < 0 || value > most) {
              throw refused(name, "holds a label beyond " + most);
            }
            values[i] = (int) value;
          }
          return values;
        });
  }

  private int count(String name, NpyHeader header) throws DatasetException {
    int count = header.shape().get(0);
    if (count < 1 || count > MOST_IMAGES) {
      throw refused(
          name,
          "is of " + count + " images; expected one at least and " + MOST_IMAGES + " at most");
    }
    return count;
  }

  private void write(String split, int[] classes, Path folder, long done, LongConsumer progress)
      throws IOException {
    String name = split + "_images";
    array(
        name,
        (header, in) -> {
          List<Integer> shape = header.shape();
          boolean colour = shape.size() == 4 && shape.get(3) == 3;
          int side = shape.size() > 2 ? shape.get(1) : 0;
          if ((shape.size() != 3 && !colour)
              || shape.get(2) != side
              || side < LEAST_SIDE
              || side > MOST_SIDE) {
            throw refused(
                name,
                "has the shape %s; expected N x S x S, or N x S x S x 3, with S from %d to %d"
                    .formatted(header.size(), LEAST_SIDE, MOST_SIDE));
          }
          if (!header.type().equals("|u1")) {
            throw refused(name, "has the type " + header.type() + "; expected |u1, bytes");
          }
          if (count(name, header) != classes.length) {
            throw refused(
                name,
                "is of " + shape.get(0) + " images; expected " + classes.length + " by labels");
          }
          byte[] pixels = new byte[side * side * (colour ? 3 : 1)];
          for (int i = 0; i < classes.length; i++) {
            in.readFully(pixels);
            String label =
                isPneumonia(archive) ? PNEUMONIA.get(classes[i]) : String.valueOf(classes[i]);
            Path place = Files.createDirectories(folder.resolve(split).resolve(label));
            Path file = place.resolve("%s-%06d.png".formatted(split, i));
            ImageIO.write(image(pixels, side, colour), "png", file.toFile());
            progress.accept(done + i + 1);
          }
          return classes;
        });
  }

  private static BufferedImage image(byte[] pixels, int side, boolean inColour) {
    if (!inColour) {
      BufferedImage grey = new BufferedImage(side, side, BufferedImage.TYPE_BYTE_GRAY);
      grey.getRaster().setDataElements(0, 0, side, side, pixels);
      return grey;
    }
    BufferedImage rgb = new BufferedImage(side, side, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < side * side; i++) {
      Color colour =
          new Color(pixels[3 * i] & 0xFF, pixels[3 * i + 1] & 0xFF, pixels[3 * i + 2] & 0xFF);
      rgb.setRGB(i % side, i / side, colour.getRGB());
    }
    return rgb;
  }

  private DatasetException refused(String name, String problem) {
    return new DatasetException(archive + ": " + name + " " + problem);
  }

  @Override
  public void close() throws IOException {
    zip.close();
  }
}
