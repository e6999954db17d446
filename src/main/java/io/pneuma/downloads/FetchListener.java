package io.pneuma.downloads;

/** Is told how a download goes; the default tells nobody. */
public interface FetchListener {
  /** For callers that show nothing. */
  FetchListener SILENT = new FetchListener() {};

  /** Takes a line worth showing, as when another process is fetching the same file. */
  default void line(String text) {}

  /**
   * Takes the number of bytes that are there.
   *
   * @param total all bytes, or -1 while nobody knows
   */
  default void received(long bytes, long total) {}
}
