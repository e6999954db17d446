/**
 * A node beside an archive: looks for new chest X-rays over DICOMweb, answers each once by a run,
 * and stores the answers there.
 */
package io.pneuma.node;
