package io.pneuma.explain;

import io.pneuma.explain.RunExplainer.Explained;
import io.pneuma.images.ShownImage;
import io.pneuma.report.Html;
import io.pneuma.run.Json;
import io.pneuma.run.WholeFile;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The files that tell of explained images: for each the picture, the map laid over it for the
 * fusion and for each backbone, and the maps as NumPy arrays; for all of them a page, a JSON of
 * what was said and one of regions in COCO's format.
 */
public final class Explanations {
  /** The page. */
  public static final String PAGE = "index.html";

  /** The regions. */
  public static final String REGIONS = "regions.json";

  /** What was said of each image. */
  public static final String SAID = "explained.json";

  private static final int LONGEST = 512;

  /** Characters of a name that leave room for what is added to it. */
  private static final int MOST_STEM = 60;

  private static final String FUSED = "fused";

  /** How the first file of an image ends. */
  private static final String NUMBERS = "." + FUSED + ".npy";

  private final Path folder;
  private final List<String> labels;
  private final Method method;
  private final List<String> objections;
  private final Set<String> names = new HashSet<>();
  private final List<One> all = new ArrayList<>();
  private final List<Unread> unread = new ArrayList<>();
  private final List<Map<String, Object>> images = new ArrayList<>();
  private final List<Map<String, Object>> annotations = new ArrayList<>();

  /** What JSON and page say of an image. */
  private record One(
      String file,
      String name,
      String label,
      boolean undecided,
      Map<String, Double> probabilities,
      Map<String, Double> logOdds,
      Map<String, Double> attention,
      List<Regions.Region> regions) {}

  /** A file that gave no image, and why. */
  private record Unread(String file, String error) {}

  /**
   * Into a folder that is there; what was explained in it before is removed.
   *
   * @param objections why the maps did not pass their checks; empty where they did
   */
  public Explanations(Path folder, List<String> labels, Method method, List<String> objections)
      throws IOException {
    this.folder = folder;
    this.labels = List.copyOf(labels);
    this.method = method;
    this.objections = List.copyOf(objections);
    removeFormer();
    writeSaid(); // So that the folder is known again if this is interrupted.
  }

  /** An image that has a fused map in the folder was explained before, if only half. */
  private void removeFormer() throws IOException {
    List<String> files;
    try (Stream<Path> listed = Files.list(folder)) {
      files = listed.map(file -> file.getFileName().toString()).toList();
    }
    for (String former : files.stream().filter(name -> name.endsWith(NUMBERS)).toList()) {
      String stem = former.substring(0, former.length() - NUMBERS.length()) + ".";
      for (String name : files) {
        if (name.startsWith(stem) && name.matches(".*\\.(jpg|png|npy)")) {
          Files.deleteIfExists(folder.resolve(name));
        }
      }
    }
    Files.deleteIfExists(folder.resolve(PAGE));
    Files.deleteIfExists(folder.resolve(REGIONS));
  }

  /** Remembers a file that gave no image. */
  public void addUnread(String given, String error) {
    unread.add(new Unread(given, error));
  }

  /**
   * Writes the files of an image.
   *
   * @param given the image as it was asked for
   * @param imageSize side of the square that the network sees
   * @return a line that says what was found
   */
  public String add(String given, Path image, Explained explained, int imageSize)
      throws IOException {
    ShownImage shown = ShownImage.of(image, LONGEST);
    String name = name(image);
    Heatmap large = explained.fused().resized(imageSize, imageSize);
    List<Regions.Region> regions = Regions.of(large);
    Map<String, Heatmap> maps = new LinkedHashMap<>();
    maps.put(FUSED, explained.fused());
    if (explained.byBackbone().size() > 1) {
      maps.putAll(explained.byBackbone());
    }
    float most = (float) maps.values().stream().mapToDouble(Heatmap::most).max().orElseThrow();
    for (Map.Entry<String, Heatmap> map : maps.entrySet()) {
      boolean fused = map.getKey().equals(FUSED);
      String stem = name + "." + map.getKey();
      numbers(stem + ".npy", map.getValue().resized(imageSize, imageSize));
      picture(
          stem + ".png",
          Overlay.of(shown.picture(), map.getValue(), most, fused ? regions : List.of()),
          "png");
    }
    String label = labels.get(explained.which());
    picture(name + ".jpg", shown.picture(), "jpg");
    remember(given, name, label, explained, regions);
    annotate(given, shown, explained.which(), regions);
    double[] p = explained.probabilities();
    String text =
        String.format(
            Locale.ROOT,
            "%s: %s %.4f%s",
            given,
            label,
            p[explained.which()],
            explained.undecided() ? " (undecided)" : "");
    return regions.isEmpty()
        ? text + "; nothing speaks for it"
        : text
            + String.format(
                Locale.ROOT,
                "; %.0f %% of what speaks for it lies in %d %s",
                100 * regions.stream().mapToDouble(Regions.Region::score).sum(),
                regions.size(),
                regions.size() == 1 ? "region" : "regions");
  }

  /** A name of its own, whatever folders images of one name lie in. */
  private String name(Path image) {
    String stem = image.getFileName().toString().replaceFirst("\\.[^.]+$", "");
    stem = stem.substring(0, Math.min(MOST_STEM, stem.length()));
    String name = stem;
    for (int i = 2; !names.add(name); i++) {
      name = stem + "-" + i;
    }
    return name;
  }

  private void picture(String name, BufferedImage picture, String format) {
    WholeFile.write(
        folder.resolve(name),
        temporary -> {
          if (!ImageIO.write(picture, format, temporary.toFile())) {
            throw new IllegalStateException("every Java platform writes " + format);
          }
        });
  }

  private void numbers(String name, Heatmap map) {
    byte[] npy =
        Nd4j.toNpyByteArray(
            Nd4j.createFromArray(map.values()).reshape('c', map.height(), map.width()));
    WholeFile.write(folder.resolve(name), temporary -> Files.write(temporary, npy));
  }

  private void remember(
      String given, String name, String label, Explained explained, List<Regions.Region> regions) {
    Map<String, Double> probabilities = new LinkedHashMap<>();
    for (int k = 0; k < labels.size(); k++) {
      probabilities.put(labels.get(k), explained.probabilities()[k]);
    }
    Map<String, Double> logOdds = new LinkedHashMap<>();
    explained.byBackbone().forEach((backbone, map) -> logOdds.put(backbone, map.mean()));
    all.add(
        new One(
            given,
            name,
            label,
            explained.undecided(),
            probabilities,
            logOdds,
            explained.attention(),
            regions));
  }

  private void annotate(String given, ShownImage shown, int which, List<Regions.Region> regions) {
    int id = images.size() + 1;
    Map<String, Object> image = new LinkedHashMap<>();
    image.put("id", id);
    image.put("file_name", given);
    image.put("width", shown.width());
    image.put("height", shown.height());
    images.add(image);
    for (Regions.Region region : regions) {
      double width = shown.width();
      double height = shown.height();
      Map<String, Object> annotation = new LinkedHashMap<>();
      annotation.put("id", annotations.size() + 1);
      annotation.put("image_id", id);
      annotation.put("category_id", which + 1);
      annotation.put(
          "bbox",
          List.of(
              tenths(region.x() * width),
              tenths(region.y() * height),
              tenths(region.width() * width),
              tenths(region.height() * height)));
      annotation.put("area", tenths(region.area() * width * height));
      annotation.put("iscrowd", 0);
      annotation.put("score", region.score());
      annotations.add(annotation);
    }
  }

  private static double tenths(double pixels) {
    return Math.round(10 * pixels) / 10.0;
  }

  /** Writes what tells of all images. */
  public void finish() {
    Map<String, Object> coco = new LinkedHashMap<>();
    coco.put("images", images);
    List<Map<String, Object>> categories = new ArrayList<>();
    for (int k = 0; k < labels.size(); k++) {
      Map<String, Object> category = new LinkedHashMap<>();
      category.put("id", k + 1);
      category.put("name", labels.get(k));
      categories.add(category);
    }
    coco.put("categories", categories);
    coco.put("annotations", annotations);
    WholeFile.write(folder.resolve(REGIONS), Json.write(coco));
    writeSaid();
    WholeFile.write(folder.resolve(PAGE), page());
  }

  private void writeSaid() {
    Map<String, Object> said = new LinkedHashMap<>();
    said.put("method", method.key());
    said.put("passed", objections.isEmpty());
    said.put("failedChecks", objections);
    said.put("unread", unread);
    said.put("images", all);
    WholeFile.write(folder.resolve(SAID), Json.write(said));
  }

  private String page() {
    StringBuilder body = new StringBuilder();
    for (One one : all) {
      body.append(
          """
          <section><h2>%s</h2>
          %s
          <div class="figures">
          %s<figure>%s<figcaption>%s</figcaption></figure>
          </div></section>
          """
              .formatted(
                  Html.text(heading(one.file)),
                  "<p>" + Html.text(probabilities(one)) + "</p>",
                  figures(one),
                  bars(one),
                  Html.text(barsMean(one))));
    }
    return """
        %s<body>
        <header><h1>Where the network looked</h1>
        <p>%s</p>%s</header>
        <main>
        %s</main>
        <script>
        %s</script>
        </body>
        </html>
        """
        .formatted(
            Html.head("Where the network looked", Html.SLIDER_STYLE),
            Html.text(
                "What is coloured speaks for the class that is named, the more the redder, by "
                    + method.key()
                    + "; boxes hold what speaks at least half as much as the strongest place. The slider"
                    + " moves between image and map. A map says where the network looked, not whether"
                    + " it looked rightly."
                    + (objections.isEmpty()
                        ? " Maps of this run passed their checks, which maps.json in it holds."
                        : "")),
            objections.isEmpty()
                ? ""
                : "<p class=\"warning\">"
                    + Html.text(
                        "These maps did not pass their checks, and may say nothing of this network: "
                            + String.join("; ", objections)
                            + ".")
                    + "</p>",
            body.append(unreadSection()),
            Html.SLIDER_SCRIPT);
  }

  private String unreadSection() {
    StringBuilder section = new StringBuilder();
    for (Unread each : unread) {
      section.append("<p>" + Html.text(heading(each.file) + ": " + each.error) + "</p>\n");
    }
    return section.isEmpty() ? "" : "<section><h2>Not explained</h2>\n" + section + "</section>\n";
  }

  /** The file with the folder that it lies in. */
  private static String heading(String file) {
    Path path = Path.of(file);
    int names = path.getNameCount();
    return path.subpath(Math.max(0, names - 2), names).toString();
  }

  private static String probabilities(One one) {
    List<String> each = new ArrayList<>();
    one.probabilities.forEach(
        (label, p) -> each.add(String.format(Locale.ROOT, "%s %.4f", label, p)));
    return "What speaks for "
        + one.label
        + ". Probabilities: "
        + String.join(", ", each)
        + (one.undecided ? "; undecided." : ".");
  }

  private static String figures(One one) {
    StringBuilder figures = new StringBuilder();
    List<String> maps = new ArrayList<>(List.of(FUSED));
    if (one.logOdds.size() > 1) {
      maps.addAll(one.logOdds.keySet());
    }
    for (String map : maps) {
      figures
          .append("<figure>")
          .append(
              Html.slider(
                  file(one.name + ".jpg"),
                  file(one.name + "." + map + ".png"),
                  one.file,
                  "what speaks for " + one.label + " by " + map))
          .append("<figcaption>")
          .append(Html.text(map.equals(FUSED) ? "all backbones together" : map))
          .append("</figcaption></figure>");
    }
    return figures.toString();
  }

  /** A file's name as a link takes it. */
  private static String file(String name) {
    return URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private static String bars(One one) {
    String bars = Html.bars("Log odds", one.logOdds);
    return one.attention.isEmpty() ? bars : bars + Html.bars("Attention", one.attention);
  }

  private static String barsMean(One one) {
    return "Log odds: how much each backbone speaks for the class, a minus against it, by first order"
        + " (gradient times features)."
        + (one.attention.isEmpty()
            ? ""
            : " Attention: the mean weight that the attention gives its features.");
  }
}
