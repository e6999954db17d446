/**
 * Files of pretrained weights: strict readers and their writer. A file is mapped, never read whole,
 * and whatever breaks its format's rules is refused by name; nothing that a torch file names is
 * ever run (docs/decisions/pickle.md). Knows keys and tensors, not networks; backbone calls it.
 */
package io.pneuma.weights;
