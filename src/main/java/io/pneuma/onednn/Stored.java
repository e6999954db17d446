package io.pneuma.onednn;

import org.bytedeco.javacpp.Pointer;

/** An array that lies somewhere. */
public record Stored(Form form, Pointer place) {}
