package io.pneuma.node;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** What searches and stores answer, in DICOM's JSON (PS3.18, F). */
final class DicomJson {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern UID = Pattern.compile("[0-9]+(\\.[0-9]+)*");
  private static final int LONGEST_UID = 64;

  /** Images among the storage classes (PS3.4, B.5): X-rays of all kinds, secondary captures. */
  private static final Pattern IMAGE =
      Pattern.compile("1\\.2\\.840\\.10008\\.5\\.1\\.4\\.1\\.1\\.[17](\\..*)?");

  private static final String SOP_CLASS = "00080016";
  private static final String SOP_INSTANCE = "00080018";
  private static final String STUDY_DATE = "00080020";
  private static final String STUDY_TIME = "00080030";
  private static final String MODALITY = "00080060";
  private static final String FAILURE_REASON = "00081197";
  private static final String FAILED = "00081198";
  private static final String REFERENCED = "00081199";
  private static final String STUDY = "0020000D";
  private static final String SERIES = "0020000E";

  /** The object was there (PS3.4, C.4.2.1.6, and as Microsoft's server has it). */
  private static final List<Integer> DUPLICATE = List.of(0x0111, 0xB00E);

  private DicomJson() {}

  /**
   * A part of what a search lists.
   *
   * @param items their number, with those that have no identifiers
   */
  record Page(int items, List<Listed> instances) {}

  private static JsonNode read(byte[] json, String what) throws ServerException {
    try {
      return JSON.readTree(json);
    } catch (IOException e) { // Whose message repeats what could not be read.
      throw new ServerException("answers " + what + " with something else than DICOM's JSON");
    }
  }

  /**
   * What a search found.
   *
   * @param modality that was asked for, which a server may have overlooked
   */
  static Page page(byte[] json, String modality) throws ServerException {
    JsonNode found = read(json, "a search");
    if (!found.isArray()) {
      throw new ServerException("answers a search with something else than DICOM's JSON");
    }
    List<Listed> instances = new ArrayList<>();
    for (JsonNode each : found) {
      String study = text(each, STUDY);
      String series = text(each, SERIES);
      String instance = text(each, SOP_INSTANCE);
      if (!isUid(study) || !isUid(series) || !isUid(instance)) {
        continue;
      }
      String sopClass = text(each, SOP_CLASS);
      String of = text(each, MODALITY);
      boolean isWanted =
          (sopClass.isEmpty() || IMAGE.matcher(sopClass).matches())
              && (of.isEmpty() || of.equals(modality));
      String when = text(each, STUDY_DATE) + text(each, STUDY_TIME);
      instances.add(new Listed(study, series, instance, when, isWanted));
    }
    if (instances.isEmpty() && !found.isEmpty()) {
      throw new ServerException("lists images without their identifiers");
    }
    return new Page(found.size(), instances);
  }

  private static String text(JsonNode item, String tag) {
    return item.path(tag).path("Value").path(0).asText("");
  }

  /** Nothing else may become part of an address. */
  private static boolean isUid(String text) {
    return text.length() <= LONGEST_UID && UID.matcher(text).matches();
  }

  /**
   * Takes care that all objects were stored (PS3.18, I).
   *
   * @param objects their number
   * @throws ServerException when the answer is none, or the archive is full
   * @throws InstanceException when some were refused
   */
  static void requireStored(byte[] json, int objects) throws ServerException, InstanceException {
    JsonNode told = read(json, "a store");
    int stored = told.path(REFERENCED).path("Value").size();
    for (JsonNode failed : told.path(FAILED).path("Value")) {
      int reason = failed.path(FAILURE_REASON).path("Value").path(0).asInt(0);
      if (reason >>> 8 == 0xA7) { // Out of resources (PS3.18, I.2.2).
        throw new ServerException("has no room for what is to be stored");
      }
      if (!DUPLICATE.contains(reason)) {
        throw new InstanceException(
            "the server refused to store the answer (failure reason %04X)".formatted(reason));
      }
      stored++;
    }
    if (stored < objects) {
      throw new InstanceException(
          "the server says of %d of %d objects that they are stored".formatted(stored, objects));
    }
  }
}
