package io.pneuma.dicom;

/** The elements that are read or written, by their keywords (PS3.6, 6). */
final class Tag {
  static final int META_LENGTH = 0x00020000;
  static final int META_VERSION = 0x00020001;
  static final int META_SOP_CLASS = 0x00020002;
  static final int META_SOP_INSTANCE = 0x00020003;
  static final int TRANSFER_SYNTAX = 0x00020010;
  static final int IMPLEMENTATION = 0x00020012;
  static final int CHARACTER_SET = 0x00080005;
  static final int SOP_CLASS = 0x00080016;
  static final int SOP_INSTANCE = 0x00080018;
  static final int MODALITY = 0x00080060;
  static final int PRESENTATION_INTENT = 0x00080068;
  static final int ANATOMIC_REGION = 0x00082218;
  static final int CODE_VALUE = 0x00080100;
  static final int PATIENT_ID = 0x00100020;
  static final int BODY_PART = 0x00180015;
  static final int STUDY_UID = 0x0020000D;
  static final int SERIES_UID = 0x0020000E;
  static final int SAMPLES_PER_PIXEL = 0x00280002;
  static final int PHOTOMETRIC = 0x00280004;
  static final int PLANAR_CONFIGURATION = 0x00280006;
  static final int FRAMES = 0x00280008;
  static final int ROWS = 0x00280010;
  static final int COLUMNS = 0x00280011;
  static final int BITS_ALLOCATED = 0x00280100;
  static final int BITS_STORED = 0x00280101;
  static final int HIGH_BIT = 0x00280102;
  static final int PIXEL_REPRESENTATION = 0x00280103;
  static final int PADDING = 0x00280120;
  static final int PADDING_LIMIT = 0x00280121;
  static final int WINDOW_CENTER = 0x00281050;
  static final int WINDOW_WIDTH = 0x00281051;
  static final int RESCALE_INTERCEPT = 0x00281052;
  static final int RESCALE_SLOPE = 0x00281053;
  static final int VOI_LUT_FUNCTION = 0x00281056;
  static final int MODALITY_LUT = 0x00283000;
  static final int LUT_DESCRIPTOR = 0x00283002;
  static final int LUT_DATA = 0x00283006;
  static final int VOI_LUT = 0x00283010;
  static final int PRESENTATION_LUT_SHAPE = 0x20500020;
  static final int SHARED_GROUPS = 0x52009229;
  static final int FRAME_GROUPS = 0x52009230;
  static final int FLOAT_PIXELS = 0x7FE00008;
  static final int DOUBLE_PIXELS = 0x7FE00009;
  static final int PIXELS = 0x7FE00010;
  static final int ITEM = 0xFFFEE000;
  static final int ITEM_END = 0xFFFEE00D;
  static final int SEQUENCE_END = 0xFFFEE0DD;

  private Tag() {}
}
