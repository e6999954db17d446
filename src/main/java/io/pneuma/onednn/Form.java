package io.pneuma.onednn;

import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.data_type;
import org.bytedeco.dnnl.memory.format_tag;

/**
 * How an array of floats lies in memory. Like all that is made of oneDNN's objects, it is released
 * with the scope in which it was made ({@link NativeParts#scoped}) unless it is kept.
 */
public final class Form {
  private final memory.desc lies;

  Form(memory.desc lies) {
    this.lies = lies;
  }

  memory.desc lies() {
    return lies;
  }

  /** The last index runs fastest, and nothing lies between. */
  public static Form dense(long... sizes) {
    long[] strides = new long[sizes.length];
    long stride = 1;
    for (int i = sizes.length - 1; i >= 0; i--) {
      strides[i] = stride;
      stride *= sizes[i];
    }
    return strided(sizes, strides);
  }

  /** So many numbers from one to the next along each axis. */
  public static Form strided(long[] sizes, long... strides) {
    return new Form(new memory.desc(sizes, data_type.f32, strides));
  }

  /** As the primitive likes it best. */
  public static Form any(long... sizes) {
    return new Form(new memory.desc(sizes, data_type.f32, format_tag.any));
  }

  /** Of what is not there. */
  public static Form none() {
    return new Form(new memory.desc());
  }

  /** Plain memory. */
  public static Form bytes(long count) {
    return new Form(new memory.desc(new long[] {count}, data_type.u8, format_tag.a));
  }

  /** Of the whole array. */
  public long bytes() {
    return lies.get_size();
  }

  /** The same memory with two axes exchanged, the {@code i}-th of these becoming the i-th. */
  public Form permuted(int... axes) {
    return new Form(lies.permute_axes(axes));
  }

  /** A part of the array, from some place on along each axis. */
  public Form part(long[] sizes, long... from) {
    return new Form(lies.submemory_desc(sizes, from));
  }

  /** Whether an array in this form needs no copy to be in another. */
  public boolean isLike(Form other) {
    return lies.equals(other.lies);
  }
}
