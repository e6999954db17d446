package io.pneuma.graphfiles;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class SavedArrayTest {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final DataOutputStream out = new DataOutputStream(bytes);

  private float[] read(long expected) throws IOException {
    byte[] saved = bytes.toByteArray();
    var in = new DataInputStream(new ByteArrayInputStream(saved));
    return SavedArray.read(in, expected, saved.length).toFloatVector();
  }

  @Test
  void readsWhatNd4jWrites() throws IOException {
    Nd4j.write(Nd4j.create(new float[] {1, -2, 3.5f}, new long[] {1, 3}), out);
    assertArrayEquals(new float[] {1, -2, 3.5f}, read(3));
  }

  @Test
  void writesWhatNd4jWrites() throws IOException {
    INDArray row = Nd4j.rand(DataType.FLOAT, 1, (1 << 20) + 3); // More than one chunk.
    Nd4j.write(row, out);
    ByteArrayOutputStream own = new ByteArrayOutputStream();
    assertEquals(bytes.size(), SavedArray.write(row, own));
    assertArrayEquals(bytes.toByteArray(), own.toByteArray());
    assertArrayEquals(row.toFloatVector(), read(row.length()));
  }

  /** As versions before 1.0.0-alpha wrote: 32-bit lengths, a shape of int. */
  @Test
  void readsTheOldLayout() throws IOException {
    out.writeUTF("HEAP");
    out.writeInt(8);
    out.writeUTF("INT");
    for (int number : new int[] {2, 1, 2, 1, 1, 0, 1, 'c'}) {
      out.writeInt(number);
    }
    out.writeUTF("HEAP");
    out.writeInt(2);
    out.writeUTF("DOUBLE");
    out.writeDouble(0.25);
    out.writeDouble(-8);
    assertArrayEquals(new float[] {0.25f, -8}, read(2));
  }

  @Test
  void saysWhenTheNumberOfParametersIsNotThatOfTheLayers() throws IOException {
    Nd4j.write(Nd4j.create(new float[] {1, -2, 3.5f}, new long[] {1, 3}), out);
    String message = assertThrows(IOException.class, () -> read(4)).getMessage();
    assertEquals(
        "it states 3 parameters in " + bytes.size() + " bytes, but its layers have 4", message);
  }
}
