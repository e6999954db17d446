package io.pneuma.images;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.config.Recipe;
import io.pneuma.config.Recipe.OnBadImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LabelTableTest {
  @TempDir private Path folder;
  private Path table;

  @BeforeEach
  void draw() throws IOException {
    table = folder.resolve("labels.csv");
    for (int i = 1; i <= 8; i++) {
      TestImages.png(folder.resolve("images/" + i + ".png"), i);
    }
  }

  private Dataset load(String text, double validation, double test) throws IOException {
    Files.writeString(table, text);
    return Dataset.load(
        TestImages.data(table, validation, test, OnBadImage.FAIL), 1, checked -> {});
  }

  private String refused(String text, double validation, double test) {
    return assertThrows(DatasetException.class, () -> load(text, validation, test)).getMessage();
  }

  private static List<String> told(List<LabelledImage> images) {
    return images.stream()
        .map(i -> i.file().getFileName() + " " + i.label() + " " + i.patient())
        .toList();
  }

  @Test
  void patientsAndSplitsAreThoseOfTheTable() throws IOException {
    Dataset data =
        load(
            """
            path,label,patient,split
            images/1.png,A,p1,train
            images/2.png,B,p2,Training

            images/3.png, B ,p2,train
            ./images/4.png,A,p3,val
            images\\5.png,B,p4,validation
            "%s",A,p5,test
            """
                .formatted(folder.resolve("images/6.png")),
            0,
            0);
    assertEquals(List.of("A", "B"), data.labels());
    assertEquals(List.of("1.png 0 p1", "2.png 1 p2", "3.png 1 p2"), told(data.train()));
    assertEquals(List.of("4.png 0 p3", "5.png 1 p4"), told(data.validation()));
    assertEquals(List.of("6.png 0 p5"), told(data.test()));
    assertEquals(1, data.warnings().size(), data.warnings().toString()); // No B in the test split.
  }

  @Test
  void patientsAreHeldOutWhereTheTableHasNoSplits() throws IOException {
    StringBuilder text = new StringBuilder("\uFEFFFile;Label;Patient\r\n");
    for (int i = 1; i <= 8; i++) {
      text.append("images/%d.png;%s;p%d\r\n".formatted(i, i % 2 == 0 ? "A" : "B", (i + 1) / 2));
    }
    Dataset data = load(text.toString(), 0.25, 0.25);
    assertEquals(List.of(4, 2, 2), sizes(data));
    for (List<LabelledImage> split : List.of(data.validation(), data.test())) {
      assertEquals(split.get(0).patient(), split.get(1).patient());
    }
  }

  private static List<Integer> sizes(Dataset data) {
    return List.of(data.train().size(), data.validation().size(), data.test().size());
  }

  @Test
  void withoutPatientsTheNamesTell() throws IOException {
    String text = "path,label\nimages/1.png,A\nimages/2.png,B\nimages/3.png,A\nimages/4.png,B\n";
    String refusal = refused(text, 0.5, 0);
    assertTrue(refusal.contains("or give the table a column patient"), refusal);
  }

  @Test
  void aTableOfAFolderGivesTheSameDataSet() throws IOException {
    for (int i = 1; i <= 4; i++) {
      for (String split : List.of("train", "val")) {
        String name = split + "/" + (i < 3 ? "B" : "A") + "/person" + split.length() + i + "_1.png";
        TestImages.png(folder.resolve("set").resolve(name), 10 * split.length() + i);
      }
    }
    Dataset ofFolder =
        Dataset.load(
            TestImages.data(folder.resolve("set"), 0, 0, OnBadImage.FAIL), 1, checked -> {});
    StringBuilder text = new StringBuilder("path,label,split\n");
    for (int i = 4; i >= 1; i--) {
      for (String split : List.of("val", "train")) {
        String label = i < 3 ? "B" : "A";
        text.append(
            "set/%s/%s/person%d%d_1.png,%s,%s\n"
                .formatted(split, label, split.length(), i, label, split));
      }
    }
    Dataset ofTable = load(text.toString(), 0, 0);
    assertEquals(ofFolder.train(), ofTable.train());
    assertEquals(ofFolder.validation(), ofTable.validation());
    assertEquals(ofFolder.sha256(), ofTable.sha256());
  }

  @Test
  void otherColumnsAreAttributes() throws IOException {
    StringBuilder text = new StringBuilder(",path,label,split,attribute_sex,age,sha256,note\n");
    Files.createDirectories(folder.resolve("images"));
    for (int i = 1; i <= 60; i++) {
      Path image = TestImages.png(folder.resolve("images/" + i + ".png"), i);
      text.append(
          "%d,images/%d.png,%s,%s,%s,%d,%s,seen by %d\n"
              .formatted(
                  i,
                  i,
                  i % 2 == 0 ? "A" : "B",
                  i > 50 ? "val" : "train",
                  i % 3 == 0 ? "F" : "M",
                  i,
                  Hash.hex(Files.readAllBytes(image)),
                  i));
    }
    Dataset data = load(text.toString(), 0, 0);
    Attributes attributes = data.attributes(TestImages.data(table, 0, 0, OnBadImage.FAIL));
    assertEquals(List.of("sex", "age"), attributes.names(), "notes make no groups");
    assertEquals(
        Map.of("sex", "F", "age", "below 16"),
        attributes.of(
            data.train().stream()
                .filter(image -> image.file().endsWith("3.png"))
                .findFirst()
                .orElseThrow()));
  }

  @Test
  void anImageOfAnotherContentIsRefused() throws IOException {
    String hash = Hash.hex(Files.readAllBytes(folder.resolve("images/1.png")));
    String text = "path,label,split,sha256\nimages/1.png,A,train,%1$s\nimages/2.png,B,train,%1$s\n";
    String refusal = refused(text.formatted(hash), 0.5, 0);
    assertTrue(refusal.contains("labels.csv: line 3: "), refusal);
    assertTrue(refusal.contains("2.png has another content"), refusal);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "images/1.png,A,p,train;images/9.png,B,q,train|line 3: images/9.png: there is no such file",
        "images/1.png,A,p,train;,B,q,train|line 3: names no file",
        "images/1.png,A,p,train;images/2.png,,q,train|line 3: has no label",
        "images/1.png,A,p,train;images/2.png,a,q,train|line 3: label a is A of line 2 in another case",
        "images/1.png,A,p,train;images/2.png,B,q,held|line 3: split \"held\" is unknown",
        "images/1.png,A,p,train;images/2.png,B,q,|line 3: has no split, as 1 of 2 lines",
        "images/1.png,A,p,train;images/2.png,B,,train|line 3: has no patient, as 1 of 2 lines",
        "images/1.png,A,p,train;./images/1.png,B,q,train|line 3: ./images/1.png stands in line 2",
        "images/1.png,A,p,train;images/2.png,B,q|line 3: has 3 cells; expected 4",
        "images/1.png,A,p,train;images/2.png,A,q,train|there is one class only, A",
        "images/1.png,A,p,train;images/2.png,B,q,test|the class B is missing in the split train",
        "images/1.png,A,p,val;images/2.png,B,q,test|no line has the split train",
      })
  void whatIsWrongIsToldByItsLine(String lines, String problem) {
    String refusal = refused("path,label,patient,split\n" + lines.replace(';', '\n'), 0, 0);
    assertTrue(refusal.startsWith(table.toString()), refusal);
    assertTrue(refusal.contains(problem), refusal);
  }

  @Test
  void allProblemsAreToldAtOnce() {
    String refusal = refused("path,label\nx.png,A\n\ny.png,\n", 0.5, 0);
    assertEquals(
        String.join(
            System.lineSeparator(),
            table + ": 3 problems to mend:",
            "  line 2: x.png: there is no such file below " + folder,
            "  line 4: y.png: there is no such file below " + folder,
            "  line 4: has no label"),
        refusal);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "path", "label,split", "path,file,label", "path,Label,label"})
  void itsColumnsMustBeKnown(String header) {
    String refusal = refused(header + "\n", 0.5, 0);
    assertTrue(refusal.startsWith(table + ": "), refusal);
    assertTrue(
        refusal.contains("expected path (or file) and label")
            || refusal.contains("two columns label"),
        refusal);
  }

  @Test
  void anEmptyOrForeignFileIsRefused() throws IOException {
    assertTrue(refused("path,label\n", 0.5, 0).contains("has no line below its header"));
    Files.write(table, "path,label\nimages/1.png,\u00c4\n".getBytes(StandardCharsets.ISO_8859_1));
    String refusal =
        assertThrows(DatasetException.class, () -> LabelTable.read(table)).getMessage();
    assertTrue(refusal.contains("is not UTF-8"), refusal);
    Path absent = folder.resolve("absent.csv");
    refusal = assertThrows(DatasetException.class, () -> LabelTable.read(absent)).getMessage();
    assertTrue(refusal.contains("there is no such table"), refusal);
  }

  @Test
  void theRecipeDoesNotHoldOutBesideTheTable() {
    String text =
        """
        path,label,patient,split
        images/1.png,A,p1,train
        images/2.png,B,p2,train
        images/3.png,A,p3,val
        images/4.png,A,p4,test
        """;
    String refusal = refused(text, 0.5, 0.5);
    assertTrue(refusal.endsWith("say --set data.validation=none --set data.test=none"), refusal);
  }

  @Test
  void evaluationTakesTheTestLinesAlone() throws IOException {
    Files.writeString(
        table, "path,label,patient,split\nimages/1.png,A,p1,train\nimages/2.png,B,p2,test\n");
    List<LabelledImage> images =
        Dataset.labelled(
            table,
            List.of("A", "B"),
            TestImages.data(table, 0, 0, OnBadImage.FAIL),
            done -> {},
            bad -> {});
    assertEquals(List.of("2.png 1 p2"), told(images));
    assertEquals(2, Dataset.countUnlabelled(table));
    assertEquals(
        List.of(), Attributes.of(Optional.empty(), table, List.of(images.get(0).file())).names());
  }

  @Test
  void aCheckOfItFindsPatientsInTwoSplits() throws IOException {
    Files.writeString(
        table,
        """
        path,label,patient,split
        images/1.png,A,p1,train
        images/2.png,B,p2,train
        images/3.png,B,p1,test
        """);
    FolderCheck check =
        FolderCheck.of(table, PatientRule.of("patient"), Recipe.DicomRule.STRICT, done -> {});
    assertEquals(List.of("p1"), check.patientsInTwoSplits());
    assertEquals(2, check.patients());
  }
}
