package io.pneuma.spark;

import io.pneuma.backprop.GradientExchange;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import org.apache.spark.TaskContext;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Connections of each worker with each other. Every worker adds up one slice of the gradients, in
 * the order of the workers, and sends the sum to all: so all have the same bits, whichever came
 * first, and each sends and receives no more than twice the gradients, however many there are
 * (Patarasuk and Yuan, "Bandwidth optimal all-reduce algorithms" (2009), section 3, reduce-scatter
 * and all-gather).
 */
final class Mesh implements GradientExchange, AutoCloseable {
  private static final int BUFFER = 1 << 18;
  private static final int CONNECT_MILLIS = 60_000;
  private static final long POLL_NANOS = 500_000_000L;

  private final int self;
  private final int workers;
  private final Peer[] peers; // null at one's own place.
  private final ExecutorService threads;
  private long nanos;
  private volatile boolean closed;

  /** A connection. */
  private record Peer(Socket socket, DataInputStream in, DataOutputStream out) {
    static Peer of(Socket socket) throws IOException {
      socket.setTcpNoDelay(true);
      return new Peer(
          socket,
          new DataInputStream(socket.getInputStream()),
          new DataOutputStream(socket.getOutputStream()));
    }
  }

  private Mesh(int self, Peer[] peers) {
    this.self = self;
    this.workers = peers.length;
    this.peers = peers;
    this.threads =
        Executors.newCachedThreadPool(
            work -> {
              Thread thread = new Thread(work, "mesh");
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * Connects with all others.
   *
   * @param self this worker's place, from 0
   * @param host by which the others reach this machine
   * @param secret that all know, 32 bytes
   * @param gather gives every worker's text for one's own, in their order
   */
  static Mesh connect(
      int self, int workers, String host, byte[] secret, UnaryOperator<List<String>> gather)
      throws IOException {
    Peer[] peers = new Peer[workers];
    try (ServerSocket server = new ServerSocket(0, workers, InetAddress.getByName(host))) {
      server.setSoTimeout(CONNECT_MILLIS);
      List<String> places = gather.apply(List.of(host + " " + server.getLocalPort()));
      for (int other = 0; other < self; other++) {
        String place = places.get(other);
        int space = place.indexOf(' ');
        int port = Integer.parseInt(place.substring(space + 1));
        Socket socket = new Socket();
        socket.connect(new InetSocketAddress(place.substring(0, space), port), CONNECT_MILLIS);
        peers[other] = Peer.of(socket);
        peers[other].out().write(secret);
        peers[other].out().writeInt(self);
        peers[other].out().flush();
      }
      for (int missing = workers - 1 - self; missing > 0; ) {
        Peer peer = Peer.of(server.accept());
        peer.socket().setSoTimeout(CONNECT_MILLIS);
        byte[] said = peer.in().readNBytes(secret.length);
        if (!MessageDigest.isEqual(said, secret)) {
          peer.socket().close(); // Somebody else.
          continue;
        }
        peers[peer.in().readInt()] = peer;
        peer.socket().setSoTimeout(0);
        missing--;
      }
      return new Mesh(self, peers);
    } catch (IOException | RuntimeException e) {
      close(peers);
      throw e;
    }
  }

  /**
   * Closes it where Spark kills the task, which may wait for a machine that says nothing any more.
   */
  void closeWhenKilled(TaskContext task) {
    threads.execute(
        () -> {
          while (!closed && !task.isInterrupted()) {
            LockSupport.parkNanos(POLL_NANOS);
          }
          close(peers);
        });
  }

  /** Seconds that this worker has spent on exchange, and on waiting for the others. */
  double seconds() {
    return nanos / 1e9;
  }

  @Override
  public Part sum(INDArray gradients, Part own) {
    long started = System.nanoTime();
    try {
      return exchange(gradients, own);
    } finally {
      nanos += System.nanoTime() - started;
    }
  }

  private Part exchange(INDArray gradients, Part own) {
    ByteBuffer all = gradients.data().asNio().order(ByteOrder.nativeOrder());
    long length = gradients.length();
    try {
      Part[] parts = new Part[workers];
      parts[self] = own;
      List<Future<?>> sending = new ArrayList<>();
      for (int other = 0; other < workers; other++) {
        if (other != self) {
          Peer peer = peers[other];
          ByteBuffer slice = slice(all, length, other);
          sending.add(
              threads.submit(
                  () -> {
                    peer.out().writeInt(own.rows());
                    peer.out().writeDouble(own.loss());
                    write(peer.out(), slice);
                    return null;
                  }));
        }
      }
      ByteBuffer mine = slice(all, length, self);
      float[] sum = new float[mine.remaining() / Float.BYTES];
      float[] addend = new float[sum.length];
      for (int worker = 0; worker < workers; worker++) {
        if (worker == self) {
          mine.duplicate().order(ByteOrder.nativeOrder()).asFloatBuffer().get(addend);
        } else {
          DataInputStream in = peers[worker].in();
          parts[worker] = new Part(in.readInt(), in.readDouble());
          read(in, addend);
        }
        for (int i = 0; i < sum.length; i++) {
          sum[i] += addend[i];
        }
      }
      await(sending); // What follows goes the same way.
      mine.duplicate().order(ByteOrder.nativeOrder()).asFloatBuffer().put(sum);
      sending.clear();
      for (int other = 0; other < workers; other++) {
        if (other != self) {
          Peer peer = peers[other];
          sending.add(
              threads.submit(
                  () -> {
                    write(peer.out(), mine.duplicate().order(ByteOrder.nativeOrder()));
                    return null;
                  }));
        }
      }
      for (int other = 0; other < workers; other++) {
        if (other != self) {
          ByteBuffer slice = slice(all, length, other);
          float[] theirs = new float[slice.remaining() / Float.BYTES];
          read(peers[other].in(), theirs);
          slice.asFloatBuffer().put(theirs);
        }
      }
      await(sending);
      int rows = 0;
      double loss = 0;
      for (Part part : parts) {
        rows += part.rows();
        loss += part.loss();
      }
      return new Part(rows, loss);
    } catch (IOException e) {
      throw new UncheckedIOException("another worker was lost: " + e.getMessage(), e);
    }
  }

  /** The part of the gradients that a worker adds up. */
  private ByteBuffer slice(ByteBuffer all, long length, int worker) {
    int from = (int) (length * worker / workers);
    int to = (int) (length * (worker + 1) / workers);
    return all.slice(from * Float.BYTES, (to - from) * Float.BYTES).order(ByteOrder.nativeOrder());
  }

  private static void write(DataOutputStream out, ByteBuffer floats) throws IOException {
    ByteBuffer left = floats.duplicate();
    byte[] chunk = new byte[BUFFER];
    while (left.hasRemaining()) {
      int count = Math.min(chunk.length, left.remaining());
      left.get(chunk, 0, count);
      out.write(chunk, 0, count);
    }
    out.flush();
  }

  private static void read(DataInputStream in, float[] floats) throws IOException {
    byte[] chunk = new byte[BUFFER];
    ByteBuffer bytes = ByteBuffer.wrap(chunk).order(ByteOrder.nativeOrder());
    for (int at = 0; at < floats.length; ) {
      int count = Math.min(chunk.length / Float.BYTES, floats.length - at);
      in.readFully(chunk, 0, count * Float.BYTES);
      bytes.asFloatBuffer().get(floats, at, count);
      at += count;
    }
  }

  private static void await(List<Future<?>> tasks) throws IOException {
    for (Future<?> task : tasks) {
      try {
        task.get();
      } catch (ExecutionException e) {
        throw new IOException(String.valueOf(e.getCause().getMessage()), e.getCause());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted", e);
      }
    }
  }

  private static void close(Peer[] peers) {
    for (Peer peer : peers) {
      if (peer != null) {
        try {
          peer.socket().close();
        } catch (IOException e) {
          // It is no longer used.
        }
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    close(peers);
    threads.shutdownNow();
  }

  /** 32 random bytes as text, to be sent along with the work. */
  static String secret() {
    byte[] secret = new byte[32];
    new java.security.SecureRandom().nextBytes(secret);
    return HexFormat.of().formatHex(secret);
  }
}
