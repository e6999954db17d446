package io.pneuma.training;

/** Shows how far a long task has come. */
public interface Progress {
  /** Shows nothing, for trainings that run by the dozen. */
  Progress SILENT =
      new Progress() {
        @Override
        public void line(String text) {}

        @Override
        public Task start(String name, long from, long total, String unit) {
          return new Task() {
            @Override
            public void at(long done) {}

            @Override
            public void note(String text) {}

            @Override
            public void close() {}
          };
        }
      };

  /**
   * Begins a task.
   *
   * @param from number of steps done already
   * @param total number of steps
   * @param unit what a step is, as in {@code images}
   */
  Task start(String name, long from, long total, String unit);

  /** Shows a line that stays. */
  void line(String text);

  /** Shows a line that no wish for quiet hides. */
  default void warning(String text) {
    line(text);
  }

  /** A task under way. */
  interface Task extends AutoCloseable {
    /** Tells how many steps are done. */
    void at(long done);

    /** Shows a short text beside the bar. */
    void note(String text);

    @Override
    void close();
  }
}
