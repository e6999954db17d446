package io.pneuma.spark;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;
import org.apache.hadoop.fs.FSDataInputStream;

/** Reads a file of one of Hadoop's file systems. */
final class HadoopChannel implements SeekableByteChannel {
  /** Of a buffer without an array, at a time. */
  private static final int PIECE = 1 << 16;

  private final HadoopPath file;
  private final FSDataInputStream in;
  private boolean open = true;

  HadoopChannel(HadoopPath file, FSDataInputStream in) {
    this.file = file;
    this.in = in;
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    if (!target.hasRemaining()) {
      return 0;
    }
    try {
      if (target.hasArray()) {
        int start = target.arrayOffset() + target.position();
        int read = in.read(target.array(), start, target.remaining());
        target.position(target.position() + Math.max(0, read));
        return read;
      }
      byte[] piece = new byte[Math.min(PIECE, target.remaining())];
      int read = in.read(piece);
      target.put(piece, 0, Math.max(0, read));
      return read;
    } catch (IOException | RuntimeException e) {
      throw HadoopProvider.explained(file, e);
    }
  }

  @Override
  public long position() throws IOException {
    return in.getPos();
  }

  @Override
  public SeekableByteChannel position(long position) throws IOException {
    try {
      in.seek(position);
      return this;
    } catch (IOException | RuntimeException e) {
      throw HadoopProvider.explained(file, e);
    }
  }

  @Override
  public long size() throws IOException {
    return HadoopProvider.status(file).getLen();
  }

  @Override
  public int write(ByteBuffer source) {
    throw new NonWritableChannelException();
  }

  @Override
  public SeekableByteChannel truncate(long size) {
    throw new NonWritableChannelException();
  }

  @Override
  public boolean isOpen() {
    return open;
  }

  @Override
  public void close() throws IOException {
    open = false;
    in.close();
  }
}
