/**
 * The oneDNN revival and nothing else: a class that Deeplearning4j looks up by this package's name.
 */
package org.nd4j.nativeblas;
