package io.pneuma.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256, in hexadecimal. */
public final class Digest {
  private static final int PIECE = 1 << 16;

  private Digest() {}

  /** Of a whole file. */
  public static String sha256(Path file) throws WeightsException {
    try (SeekableByteChannel channel = Files.newByteChannel(file)) {
      MessageDigest digest = digest();
      ByteBuffer piece = ByteBuffer.allocate(PIECE);
      while (channel.read(piece.clear()) >= 0) {
        digest.update(piece.flip());
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (IOException e) {
      throw new WeightsException(file, "cannot be read: " + e, e);
    }
  }

  /** Of some bytes. */
  public static String sha256(byte[] bytes) {
    return HexFormat.of().formatHex(digest().digest(bytes));
  }

  private static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
