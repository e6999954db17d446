/** oneDNN's primitives and what they are called on; nobody else knows its library. */
package io.pneuma.onednn;
