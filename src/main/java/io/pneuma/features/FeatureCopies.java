package io.pneuma.features;

import io.pneuma.images.ImageView;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Copies from a bank elsewhere, each file opened once. Safe for any number of threads. */
public final class FeatureCopies implements AutoCloseable {
  private final Function<String, Path> files;
  private final Map<String, FeatureFile> opened = new HashMap<>();

  /**
   * No copy is opened yet.
   *
   * @param files finds a file by its name
   */
  public FeatureCopies(Function<String, Path> files) {
    this.files = files;
  }

  /**
   * The features of some backbones, which are there until this is closed.
   *
   * @param shelves one for each backbone
   * @throws IOException when a file is not there, or is no copy of that name
   */
  public synchronized StoredFeatures of(List<CopiedShelf> shelves) throws IOException {
    List<Shelf> found = new ArrayList<>();
    for (CopiedShelf shelf : shelves) {
      int width = shelf.width();
      found.add(new Shelf(width, open(shelf.plain(), width), open(shelf.augmented(), width)));
    }
    return new StoredFeatures() {
      @Override
      public INDArray[] room(int rows) {
        return Shelf.room(found, rows);
      }

      @Override
      public void read(List<ImageView> views, INDArray[] room) throws IOException {
        Shelf.read(found, views, room);
      }
    };
  }

  private FeatureFile open(String name, int width) throws IOException {
    FeatureFile file = opened.get(name);
    if (file == null) {
      Path path = files.apply(name);
      file =
          FeatureFile.openToRead(path, name, width)
              .orElseThrow(() -> new FileNotFoundException(path + ": there are no features"));
      opened.put(name, file);
    }
    return file;
  }

  @Override
  public synchronized void close() throws IOException {
    for (FeatureFile file : opened.values()) {
      file.close();
    }
    opened.clear();
  }
}
