package io.pneuma.images;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.pneuma.config.Recipe.AttributeSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AttributesTest {
  @TempDir private Path folder;

  private Path image(String path) {
    return folder.resolve(path);
  }

  private static List<LabelledImage> labelled(List<Path> images) {
    return images.stream().map(image -> new LabelledImage(image, 0, "p", "0")).toList();
  }

  private Map<String, List<String>> table(String text, List<Path> images) throws IOException {
    Path file = Files.writeString(folder.resolve("known.csv"), text);
    Optional<AttributeSource> source = Optional.of(new AttributeSource.Table(file));
    return Attributes.of(source, folder, images).of(labelled(images));
  }

  private String refused(String text, List<Path> images) {
    return assertThrows(DatasetException.class, () -> table(text, images)).getMessage();
  }

  @Test
  void namedGroupsOfTheNames() throws IOException {
    List<Path> images =
        List.of(image("a/person1_virus_2.png"), image("a/IM-3.png"), image("b/x_bacteria.png"));
    Optional<AttributeSource> source =
        Optional.of(
            new AttributeSource.Names("(?:person(?<number>[0-9]+))?_(?<cause>bacteria|virus)"));
    assertEquals(
        Map.of("number", List.of("1", "", ""), "cause", List.of("virus", "", "bacteria")),
        Attributes.of(source, folder, images).of(labelled(images)));
    Optional<AttributeSource> none = Optional.of(new AttributeSource.Names("(?<day>Monday)"));
    assertEquals(
        "data.attributes \"(?<day>Monday)\" finds nothing in any of 3 names, such as"
            + " person1_virus_2.png",
        assertThrows(DatasetException.class, () -> Attributes.of(none, folder, images))
            .getMessage());
  }

  @Test
  void columnsOfATableByNameOrPath() throws IOException {
    List<Path> images = List.of(image("test/A/1.png"), image("test/B/1.png"), image("2.png"));
    assertEquals(
        Map.of("sex", List.of("F", "M", "")),
        table("file,sex\ntest/A/1.png,F\ntest/B/1.png, M\nother.png,F\n", images));
    assertEquals(Map.of("sex", List.of("", "", "F")), table("file,sex\n2.png,F\n", images));
  }

  @Test
  void manyNumbersBecomeFourRanges() throws IOException {
    List<Path> images = IntStream.range(0, 8).mapToObj(i -> image(i + ".png")).toList();
    StringBuilder text = new StringBuilder("file,age\n");
    IntStream.range(0, 8).forEach(i -> text.append(i + ".png," + 10 * i + "\n"));
    assertEquals(
        List.of(
            "below 20",
            "below 20",
            "from 20 to below 40",
            "from 20 to below 40",
            "from 40 to below 60",
            "from 40 to below 60",
            "from 60",
            "from 60"),
        table(text.toString(), images).get("age"));
  }

  @Test
  void whatIsWrongWithATableIsSaid() {
    List<Path> images = List.of(image("test/A/1.png"), image("test/B/1.png"));
    Path file = folder.resolve("known.csv");
    assertEquals(
        file + ": has the columns [name, sex]; expected file, then the attributes",
        refused("name,sex\n1.png,F\n", images));
    assertEquals(file + ": names 1.png twice", refused("file,sex\n1.png,F\n1.png,M\n", images));
    assertEquals(file + ": record 1 has not 2 cells", refused("file,sex\n1.png\n", images));
    assertEquals(
        file
            + ": 1.png may be "
            + images.get(0)
            + " or "
            + images.get(1)
            + "; give the path below "
            + folder,
        refused("file,sex\n1.png,F\n", images));
    assertEquals(
        file
            + ": names none of the 2 images of "
            + folder
            + "; expected their names, or their paths"
            + " below it, such as test/A/1.png",
        refused("file,sex\n7.png,F\n", images));
    Optional<AttributeSource> absent =
        Optional.of(new AttributeSource.Table(folder.resolve("absent.csv")));
    assertEquals(
        folder.resolve("absent.csv") + ": there is no such file; data.attributes names it",
        assertThrows(DatasetException.class, () -> Attributes.of(absent, folder, images))
            .getMessage());
  }
}
