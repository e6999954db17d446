package io.pneuma.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.config.UserPath;
import java.net.URI;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.ProviderMismatchException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Paths alone; nothing is reached. */
class HadoopPathTest {
  private final Path folder = UserPath.written("hdfs://nn:8020/a/b c");

  @Test
  void aTextIsAPathAndTheSameTextAgain() {
    assertEquals("hdfs://nn:8020/a/b c", folder.toString());
    assertEquals(URI.create("hdfs://nn:8020/a/b%20c"), folder.toUri());
    assertEquals(folder, Path.of(folder.toUri()));
    assertEquals(folder, UserPath.written("hdfs://nn:8020//a/b c/"));
    assertEquals("s3a://my_bucket/x", UserPath.written("s3a://my_bucket/x").toString());
    assertEquals("hdfs:///x", UserPath.written("hdfs:///x").toString());
    assertEquals(UserPath.written("hdfs:///x"), Path.of(UserPath.written("hdfs:///x").toUri()));
    assertEquals("hdfs://nn/", UserPath.written("hdfs://nn").toString());
    assertNotEquals(folder, UserPath.written("hdfs://other:8020/a/b c"));
    assertThrows(InvalidPathException.class, () -> UserPath.written("hdfs3://nn/x"));
  }

  @Test
  void namesAreCountedAndCut() {
    assertEquals(2, folder.getNameCount());
    assertEquals("b c", folder.getFileName().toString());
    assertEquals("hdfs://nn:8020/a", folder.getParent().toString());
    assertEquals("hdfs://nn:8020/", folder.getParent().getParent().toString());
    assertNull(folder.getRoot().getParent());
    assertNull(folder.getRoot().getFileName());
    assertNull(folder.getFileName().getParent());
    assertEquals("a/b c", folder.subpath(0, 2).toString());
    assertThrows(IllegalArgumentException.class, () -> folder.subpath(1, 3));
    List<String> names = new ArrayList<>();
    folder.forEach(name -> names.add(name.toString()));
    assertEquals(List.of("a", "b c"), names);
  }

  @Test
  void pathsAreResolvedAndMadeRelative() {
    Path image = folder.resolve("train").resolve("x/1.png");
    assertEquals("hdfs://nn:8020/a/b c/train/x/1.png", image.toString());
    assertEquals("train/x/1.png", folder.relativize(image).toString());
    assertEquals("../../..", image.relativize(folder).toString());
    assertEquals("", folder.relativize(folder).toString());
    assertEquals(folder, folder.resolve(folder.relativize(folder)));
    assertEquals(image, folder.resolve(folder.relativize(image)));
    assertEquals("hdfs://nn:8020/y", folder.resolve("/y").toString());
    assertEquals(image, folder.resolve(image.toString()));
    assertEquals("hdfs://nn:8020/a/y", folder.resolveSibling("y").toString());
    assertEquals("hdfs://nn:8020/y", folder.resolve("./../../../y").normalize().toString());
    assertEquals("../y", folder.relativize(image).resolve("../../../../y").normalize().toString());
    assertThrows(ProviderMismatchException.class, () -> folder.resolve(Path.of("x")));
  }

  @Test
  void pathsBeginAndEndWithOthers() {
    Path image = folder.resolve("1.png");
    assertTrue(image.startsWith(folder));
    assertFalse(image.startsWith(folder.resolveSibling("b")));
    assertFalse(image.startsWith(Path.of("/a")));
    assertTrue(image.endsWith("1.png"));
    assertTrue(image.endsWith("b c/1.png"));
    assertFalse(image.endsWith("c/1.png"));
    assertTrue(folder.compareTo(image) < 0);
  }

  @Test
  void aTableBesideNamesItsOwnHostOrAnother() {
    assertEquals("hdfs://nn:8020/a/b c/x", UserPath.of(folder, "y/../x").toString());
    assertEquals("hdfs://nn:8020/x", UserPath.of(folder, "/x").toString());
    assertEquals("s3a://bucket/x", UserPath.of(folder, "s3a://bucket/x").toString());
    assertEquals(Path.of("/x"), UserPath.of(folder, "file:///x"));
    assertEquals("hdfs://nn/x", UserPath.of(Path.of("/home"), "hdfs://nn/y/../x").toString());
  }
}
