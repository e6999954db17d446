/**
 * Pretrained weights as files: where they are published, how they come into the cache, strict
 * readers and their writer. A file is mapped, never read whole, and whatever breaks its format's
 * rules or its published digest is refused by name; nothing that a torch file names is ever run
 * (docs/decisions/pickle.md). Knows keys and tensors, not networks; backbone and the command line
 * call it.
 */
package io.pneuma.weights;
