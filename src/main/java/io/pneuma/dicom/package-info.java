/** DICOM files of one image: read strictly, decoded, and brought to the greys that are shown. */
package io.pneuma.dicom;
