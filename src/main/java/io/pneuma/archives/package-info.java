/** Data sets unpacked from archives. */
package io.pneuma.archives;
