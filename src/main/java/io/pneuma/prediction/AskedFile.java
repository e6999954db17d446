package io.pneuma.prediction;

import io.pneuma.config.Recipe.DicomRule;
import io.pneuma.images.ImagePipeline;
import io.pneuma.images.UnreadableImageException;
import java.io.IOException;
import java.io.Serializable;
import java.net.URI;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;

/**
 * A file to be answered for; it travels by its URI.
 *
 * @param problem why it gives no image, where that is known before it is read; else empty
 */
public record AskedFile(Path file, String problem) implements Picture, Serializable {
  @Override
  public void write(DicomRule rule, List<ImagePipeline> views, FloatBuffer target)
      throws IOException {
    if (!problem.isEmpty()) {
      throw new UnreadableImageException(file.toString(), problem);
    }
    Picture.of(file).write(rule, views, target);
  }

  private Object writeReplace() {
    return new Travelling(file.toUri().toString(), problem);
  }

  private record Travelling(String uri, String problem) implements Serializable {
    private Object readResolve() {
      return new AskedFile(Path.of(URI.create(uri)), problem);
    }
  }
}
