package io.pneuma.spark;

import io.pneuma.images.FileForm;
import io.pneuma.images.FolderImages.Found;
import io.pneuma.images.LabelledImage;
import java.io.IOException;
import java.io.InvalidObjectException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Images to look at; they travel without who is seen there, and without their labels. */
final class LookTask implements Serializable {
  private static final long serialVersionUID = 1;

  private transient List<Found> images;

  LookTask(List<Found> images) {
    this.images = images;
  }

  List<Found> images() {
    return images;
  }

  private void writeObject(ObjectOutputStream out) throws IOException {
    out.writeInt(images.size());
    for (Found found : images) {
      out.writeUTF(found.image().file().toUri().toString());
      out.writeUTF(found.image().sha256());
      out.writeObject(found.form());
    }
  }

  private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
    int count = in.readInt();
    if (count < 0) {
      throw new InvalidObjectException("images: " + count);
    }
    images = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Path file = Path.of(URI.create(in.readUTF()));
      LabelledImage image = new LabelledImage(file, 0, "", in.readUTF());
      images.add(new Found(image, "", "", (FileForm) in.readObject()));
    }
  }
}
