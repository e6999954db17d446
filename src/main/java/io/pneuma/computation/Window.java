package io.pneuma.computation;

/** Where a convolution or pooling looks. */
public record Window(Side vertical, Side horizontal) {
  /**
   * One direction, in pixels.
   *
   * @param before padding at the low end
   * @param after padding at the high end
   * @param dilation from one value of the kernel to the next
   */
  public record Side(int kernel, int stride, int before, int after, int dilation) {
    Side(int kernel, int stride, int before, int after) {
      this(kernel, stride, before, after, 1);
    }

    int output(int size) {
      return (size + before + after - reach()) / stride + 1;
    }

    /** How many pixels the kernel spans. */
    int reach() {
      return (kernel - 1) * dilation + 1;
    }
  }

  /** One pixel at a time. */
  public static Window pixel() {
    Side one = new Side(1, 1, 0, 0);
    return new Window(one, one);
  }

  /** All of the feature maps at once. */
  public static Window whole(Shape shape) {
    return new Window(new Side(shape.height(), 1, 0, 0), new Side(shape.width(), 1, 0, 0));
  }

  Shape output(int channels, Shape input) {
    return new Shape(channels, vertical.output(input.height()), horizontal.output(input.width()));
  }

  boolean isPadded() {
    return vertical.before + vertical.after + horizontal.before + horizontal.after > 0;
  }

  public boolean isPixel() {
    return equals(pixel());
  }

  /** Winograd's algorithm is for these. */
  public boolean isThreeByThreeOfStrideOne() {
    return vertical.kernel == 3
        && horizontal.kernel == 3
        && vertical.stride == 1
        && horizontal.stride == 1
        && !isDilated();
  }

  /** Height and width of the kernel. */
  public long[] kernel() {
    return new long[] {vertical.kernel, horizontal.kernel};
  }

  /** Down and to the right. */
  public long[] strides() {
    return new long[] {vertical.stride, horizontal.stride};
  }

  /** Padding at the top and on the left. */
  public long[] before() {
    return new long[] {vertical.before, horizontal.before};
  }

  /** Padding at the bottom and on the right. */
  public long[] after() {
    return new long[] {vertical.after, horizontal.after};
  }

  /** Whether values of the kernel lie apart. */
  public boolean isDilated() {
    return vertical.dilation > 1 || horizontal.dilation > 1;
  }

  /** How many pixels lie between two values of the kernel. */
  public long[] gaps() {
    return new long[] {vertical.dilation - 1, horizontal.dilation - 1};
  }
}
