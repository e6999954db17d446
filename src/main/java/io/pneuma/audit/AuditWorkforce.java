package io.pneuma.audit;

import io.pneuma.features.BankFiller;
import io.pneuma.images.FolderImages.Found;
import io.pneuma.platform.Processor;
import java.io.IOException;
import java.util.List;
import java.util.function.LongConsumer;

/** Who does the heavy work of an audit; what is not said otherwise is done by this machine. */
public interface AuditWorkforce {
  /** This machine. */
  AuditWorkforce HERE = new AuditWorkforce() {};

  /** Computes what a frozen backbone says of images. */
  default BankFiller features() {
    return BankFiller.HERE;
  }

  /**
   * Looks at every image; the looks are the same whoever does.
   *
   * @param progress takes the number of images done, on the calling thread
   * @return the looks in the order of the images
   */
  default List<Look> looks(List<Found> images, LongConsumer progress) throws IOException {
    return Look.all(images, Processor.cores(), progress);
  }
}
