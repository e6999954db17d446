package io.pneuma.node;

import java.util.List;
import java.util.Locale;

/**
 * What a run says of an image, and the objects that say so.
 *
 * @param label the class that is answered
 * @param probability of that class
 * @param probabilities of each class
 * @param undecided whether none or several classes are left by the prediction set
 * @param unfamiliar whether the image is unlike those of training
 * @param outlined whether it is shown where the network looked
 * @param objects whole files of DICOM
 */
@SuppressWarnings("ArrayRecordComponent") // A carrier, never compared.
record Response(
    String label,
    double probability,
    double[] probabilities,
    boolean undecided,
    boolean unfamiliar,
    boolean outlined,
    List<byte[]> objects) {

  /** One line for people. */
  String line() {
    return String.format(Locale.ROOT, "%s %.4f", label, probability)
        + (undecided ? " (undecided)" : "")
        + (unfamiliar ? " (unlike the training images)" : "");
  }
}
