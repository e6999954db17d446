package io.pneuma.node;

import io.pneuma.images.Hash;
import java.nio.charset.StandardCharsets;

/**
 * An instance of the archive, by its identifiers, none of which may be written anywhere.
 *
 * @param when the study's date and time, for the order alone; empty where they are not known
 * @param isWanted whether it is an image of the modality that was asked for, as far as is told
 */
record Listed(String study, String series, String instance, String when, boolean isWanted) {
  /** What is written instead: the SHA-256 of the instance's identifier. */
  String hash() {
    return Hash.hex(instance.getBytes(StandardCharsets.US_ASCII));
  }

  /** Where it lies below the address of the service (PS3.18, 10.4). */
  String path() {
    return "/studies/" + study + "/series/" + series + "/instances/" + instance;
  }
}
