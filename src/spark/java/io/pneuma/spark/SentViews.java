package io.pneuma.spark;

import io.pneuma.images.ImageView;
import io.pneuma.images.LabelledImage;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Views on their way to an executor, which are written out only when they go. Whose images they are
 * stays with the driver.
 */
final class SentViews implements Serializable {
  private static final long serialVersionUID = 1;

  private transient List<ImageView> views;

  SentViews(List<ImageView> views) {
    this.views = views;
  }

  List<ImageView> views() {
    return views;
  }

  private void writeObject(ObjectOutputStream out) throws IOException {
    out.defaultWriteObject();
    out.writeInt(views.size());
    for (ImageView view : views) {
      out.writeUTF(view.image().file().toUri().toString());
      out.writeInt(view.image().label());
      out.writeUTF(view.image().sha256());
      out.writeInt(view.view());
    }
  }

  private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
    in.defaultReadObject();
    int count = in.readInt();
    List<ImageView> read = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Path file = Path.of(URI.create(in.readUTF()));
      LabelledImage image = new LabelledImage(file, in.readInt(), "", in.readUTF());
      read.add(new ImageView(image, in.readInt()));
    }
    views = List.copyOf(read);
  }
}
