/**
 * How well traits without anatomy tell the classes of labelled images. Audit and training call it;
 * what it found is a record of {@code evaluation}, so that reports need not know this room.
 */
package io.pneuma.shortcuts;
