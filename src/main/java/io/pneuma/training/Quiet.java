package io.pneuma.training;

/** Shows nothing, for trainings that run by the dozen. */
final class Quiet implements Progress {
  static final Progress PROGRESS = new Quiet();

  private Quiet() {}

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
}
