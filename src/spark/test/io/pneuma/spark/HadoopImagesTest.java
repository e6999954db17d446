package io.pneuma.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pneuma.archives.ArchiveUnpacker;
import io.pneuma.attention.Attentions;
import io.pneuma.backbone.Backbones;
import io.pneuma.config.ConfigException;
import io.pneuma.config.Recipe;
import io.pneuma.config.RecipeLoader;
import io.pneuma.config.Vocabulary;
import io.pneuma.downloads.Sources;
import io.pneuma.images.Dataset;
import io.pneuma.images.DatasetException;
import io.pneuma.images.FilesThere;
import io.pneuma.images.ImageFiles;
import io.pneuma.images.LabelledImage;
import io.pneuma.phantoms.Phantoms;
import io.pneuma.weights.Digest;
import java.io.IOException;
import java.net.URI;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.ReadOnlyFileSystemException;
import java.security.PrivilegedExceptionAction;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.StorageStatistics;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.apache.hadoop.security.UserGroupInformation;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images on an HDFS within this process. */
class HadoopImagesTest {
  private static final String ODD = "ä 100% #1";

  @TempDir private static Path disk;

  private static MiniDFSCluster cluster;
  private static FileSystem hdfs;
  private static String host;

  @BeforeAll
  static void start() throws IOException {
    Configuration configuration = new Configuration();
    configuration.set(MiniDFSCluster.HDFS_MINIDFS_BASEDIR, disk.resolve("hdfs").toString());
    // A file that was written is asked for until it is there.
    String asking = "dfs.client.block.write.locateFollowingBlock.";
    configuration.setInt(asking + "initial.delay.ms", 5);
    configuration.setInt(asking + "max.delay.ms", 50);
    configuration.setInt(asking + "retries", 1000);
    cluster = new MiniDFSCluster.Builder(configuration).numDataNodes(1).build();
    hdfs = cluster.getFileSystem();
    host = "hdfs://localhost:" + cluster.getNameNodePort();
    Phantoms.draw(disk.resolve("phantoms"), 1);
    put(disk.resolve("phantoms/test"), "/xrays");
  }

  @AfterAll
  static void stop() {
    cluster.shutdown();
  }

  private static void put(Path from, String to) throws IOException {
    hdfs.copyFromLocalFile(
        new org.apache.hadoop.fs.Path(from.toUri()), new org.apache.hadoop.fs.Path(to));
  }

  private static Path hdfs(String path) {
    return Path.of(URI.create(host)).resolve(path);
  }

  private static List<Path> list(Path folder) throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.sorted().toList();
    }
  }

  private static Recipe.Data recipe(String folder, String... more) throws IOException {
    return load(folder, more).recipe().data();
  }

  private static RecipeLoader.Loaded load(String folder, String... more) throws IOException {
    Path file =
        Files.writeString(Files.createTempFile(disk, "recipe", ".yaml"), text(folder, more));
    return recipes().load(file, List.of());
  }

  private static RecipeLoader recipes() {
    Vocabulary vocabulary = new Vocabulary(Backbones.stages(), Sources.names(), Attentions.names());
    return new RecipeLoader(vocabulary, disk, disk);
  }

  private static String text(String folder, String... more) {
    return "data:\n  folder: '%s'\n  validation: {fraction: 0.2}\n%s\n"
            .formatted(folder, String.join("\n", more))
        + "backbones:\n- {name: squeezenet1_1, weights: none, freeze: all}\n";
  }

  @Test
  void aDatasetIsTheSameAsOnDisk() throws IOException {
    Dataset there = Dataset.load(recipe(host + "/xrays"), 1, done -> {});
    Dataset here = Dataset.load(recipe(disk.resolve("phantoms/test").toString()), 1, done -> {});
    assertEquals(here.sha256(), there.sha256());
    assertEquals(here.train().size(), there.train().size());
    LabelledImage image = there.validation().get(0);
    assertTrue(image.file().toString().startsWith(host + "/xrays/"), image.toString());
    assertEquals(image.file(), Path.of(image.file().toUri()));
    assertTrue(Phantoms.isDrawn(hdfs("/xrays")));
  }

  @Test
  void aRecipeKeepsTheTextAndLoadsAgain() throws IOException {
    String folder = host + "/of/../" + ODD;
    RecipeLoader.Loaded loaded = load(folder, "  attributes: 'hdfs://nn/a.csv'");
    assertEquals(host + "/" + ODD, loaded.recipe().data().folder().toString());
    Path written = Files.writeString(disk.resolve("config.yaml"), loaded.yaml());
    assertEquals(loaded.recipe(), recipes().load(written, List.of()).recipe());
    assertEquals(loaded.yaml(), recipes().load(written, List.of()).yaml());
    assertEquals(disk.resolve("x"), recipe(disk.resolve("x").toUri().toString()).folder());
  }

  @Test
  void aRecipeRefusesWhatMustBeOnThisMachine() {
    ConfigException drawn =
        assertThrows(ConfigException.class, () -> load(host + "/new", "  generate: phantom"));
    assertTrue(drawn.getMessage().contains("data.generate"), drawn.getMessage());
    ConfigException unknown = assertThrows(ConfigException.class, () -> load("nfs4://host/images"));
    assertTrue(unknown.getMessage().contains("nfs4://host/images"), unknown.getMessage());
    assertTrue(unknown.getMessage().contains("--spark"), unknown.getMessage());
  }

  @Test
  void aTableNamesImagesBesideItAndElsewhere() throws IOException {
    List<Path> sick = list(hdfs("/xrays/PNEUMONIA"));
    List<Path> well = list(hdfs("/xrays/NORMAL"));
    String lines =
        "path,label,patient\n"
            + ("NORMAL/" + well.get(0).getFileName() + ",NORMAL,1\n")
            + ("./NORMAL/" + well.get(1).getFileName() + ",NORMAL,2\n")
            + (sick.get(0) + ",PNEUMONIA,3\n" + sick.get(1) + ",PNEUMONIA,4\n");
    put(Files.writeString(disk.resolve("table.csv"), lines), "/xrays/table.csv");
    assertEquals(4, Dataset.count(hdfs("/xrays/table.csv")));

    String lacking = lines + host + "/xrays/none.png,NORMAL,5\n";
    Path local = Files.writeString(disk.resolve("lacking.csv"), lacking);
    DatasetException refused = assertThrows(DatasetException.class, () -> Dataset.count(local));
    assertTrue(refused.getMessage().contains(host + "/xrays/none.png"), refused.getMessage());
    assertTrue(refused.getMessage().contains("there is no such file"), refused.getMessage());
  }

  @Test
  void whatIsNotThereIsSaid() throws IOException {
    DatasetException none =
        assertThrows(DatasetException.class, () -> Dataset.count(hdfs("/none")));
    assertTrue(
        none.getMessage().startsWith(host + "/none: there is no such folder"), none.getMessage());
    assertThrows(NoSuchFileException.class, () -> Files.size(hdfs("/none")));
    Path file = list(hdfs("/xrays/NORMAL")).get(0);
    assertThrows(NotDirectoryException.class, () -> list(file));
    assertThrows(ReadOnlyFileSystemException.class, () -> Files.writeString(hdfs("/new"), "x"));
    assertThrows(ReadOnlyFileSystemException.class, () -> Files.createDirectory(hdfs("/newer")));
  }

  @Test
  void aHostThatIsNotReachedIsNoMissingFolder() {
    FileSystemException unknown =
        assertThrows(
            FileSystemException.class,
            () -> Dataset.count(Path.of(URI.create("hdfs://no-such-host.invalid:8020/xrays"))));
    assertEquals("hdfs://no-such-host.invalid:8020/xrays", unknown.getFile());
    assertTrue(unknown.getReason().startsWith("its host is unknown"), unknown.getReason());
    assertThrows(
        FileSystemException.class,
        () -> new FilesThere().find(Path.of(URI.create("hdfs://no-such-host.invalid/a/b.png"))));
    FileSystemException without =
        assertThrows(
            FileSystemException.class, () -> Files.size(Path.of(URI.create("s3a://bucket/a.png"))));
    assertTrue(without.getReason().contains("class path"), without.getReason());
  }

  @Test
  void anArchiveIsUnpacked() throws IOException {
    Path zip = disk.resolve("images.zip");
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(zip))) {
      out.putNextEntry(new ZipEntry("A/1.png"));
      out.write(new byte[] {1, 2, 3});
    }
    put(zip, "/images.zip");
    assertEquals(Digest.sha256(zip), Digest.sha256(hdfs("/images.zip")));
    Path unpacked = disk.resolve("unpacked");
    try (ArchiveUnpacker unpacker = ArchiveUnpacker.open(hdfs("/images.zip"), "", name -> name)) {
      unpacker.into(unpacked, done -> {});
    }
    assertEquals(3, Files.size(unpacked.resolve("A/1.png")));
  }

  @Test
  void namesAreTakenAsTheyStand() throws IOException {
    Path odd = Files.createDirectories(disk.resolve(ODD));
    Files.write(odd.resolve("+é %20.png"), new byte[] {1, 2, 3});
    put(odd, "/" + ODD);
    Path folder = hdfs("/" + ODD);
    assertEquals(host + "/" + ODD, folder.toString());
    List<Path> images = ImageFiles.below(folder).images();
    assertEquals(List.of(folder.resolve("+é %20.png")), images);
    Path again = Path.of(URI.create(images.get(0).toUri().toString()));
    assertEquals(images.get(0), again);
    assertEquals(3, Files.readAllBytes(again).length);
    assertEquals(3, Files.readAllBytes(images.get(0)).length);
  }

  @Test
  void refusedPermissionIsSaid() throws Exception {
    hdfs.mkdirs(new org.apache.hadoop.fs.Path("/closed/folder"), new FsPermission((short) 0_700));
    hdfs.setPermission(new org.apache.hadoop.fs.Path("/closed"), new FsPermission((short) 0_700));
    // By another name of the host, which is opened anew, as this user.
    String other = host.replace("localhost", "127.0.0.1") + "/closed/folder";
    PrivilegedExceptionAction<Long> count = () -> Dataset.count(Path.of(URI.create(other)));
    AccessDeniedException refused =
        assertThrows(
            AccessDeniedException.class,
            () -> UserGroupInformation.createRemoteUser("somebody").doAs(count));
    assertEquals(other, refused.getFile());
    assertTrue(refused.getReason().contains("somebody"), refused.getReason());
  }

  @Test
  void aListingTellsWhatTheHostIsNotAskedAgain() throws IOException {
    Path folder = hdfs("/asked");
    hdfs.mkdirs(new org.apache.hadoop.fs.Path("/asked/train/A"));
    for (int i = 0; i < 3; i++) {
      hdfs.create(new org.apache.hadoop.fs.Path("/asked/train/A/" + i + ".png")).close();
    }
    long few = asked(() -> Dataset.count(folder));
    for (int i = 3; i < 50; i++) {
      hdfs.create(new org.apache.hadoop.fs.Path("/asked/train/A/" + i + ".png")).close();
    }
    assertEquals(few, asked(() -> Dataset.count(folder)));
  }

  /** What asks the host. */
  private interface Work {
    void run() throws IOException;
  }

  private static long asked(Work work) throws IOException {
    StorageStatistics statistics = FileSystem.getGlobalStorageStatistics().get("hdfs");
    long before = statistics.getLong("readOps");
    work.run();
    return statistics.getLong("readOps") - before;
  }
}
