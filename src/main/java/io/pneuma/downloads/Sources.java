package io.pneuma.downloads;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toSet;

import io.pneuma.config.ConfigException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import org.apache.commons.text.similarity.LevenshteinDistance;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The table of what can be fetched: {@code sources.yaml} beside this class. */
public final class Sources {
  private static final Set<String> KEY_STYLES =
      Set.of("torchvision", "timm", "torchxrayvision", "gluon", "akamaster", "deeplearning4j");
  private static final Set<String> RECIPES =
      Set.of("imagenet", "xray 1024", "caffe", "x in [-1,1]");
  private static final Sources TABLE = read();

  private final List<Source> weights;
  private final List<DatasetSource> datasets;

  private Sources(List<Source> weights, List<DatasetSource> datasets) {
    this.weights = List.copyOf(weights);
    this.datasets = List.copyOf(datasets);
  }

  /** All weights, in the table's order. */
  public static List<Source> weights() {
    return TABLE.weights;
  }

  /**
   * The weights of that name, as in {@code resnet18-imagenet}.
   *
   * @throws ConfigException naming those that are known
   */
  public static Source weights(String name) {
    return find("weights", name, TABLE.weights, Source::name);
  }

  /** What a recipe means by those weights for that backbone, if it is known. */
  public static Optional<Source> weights(String backbone, String weights) {
    String name = Source.name(backbone, weights);
    return TABLE.weights.stream().filter(source -> source.name().equals(name)).findFirst();
  }

  /** The names of the weights of each backbone. */
  public static Map<String, Set<String>> names() {
    return TABLE.weights.stream()
        .collect(groupingBy(Source::backbone, mapping(Source::weights, toSet())));
  }

  /** All data sets, in the table's order. */
  public static List<DatasetSource> datasets() {
    return TABLE.datasets;
  }

  /**
   * The data set of that name.
   *
   * @throws ConfigException naming those that are known
   */
  public static DatasetSource dataset(String name) {
    return find("data set", name, TABLE.datasets, DatasetSource::name);
  }

  /** A size for people to read: thousands of bytes, as publishers count. */
  public static String megabytes(long bytes) {
    return String.format(Locale.ROOT, "%.1f MB", bytes / 1e6);
  }

  private static <T> T find(String what, String name, List<T> all, Function<T, String> nameOf) {
    List<String> known = all.stream().map(nameOf).toList();
    if (known.contains(name)) {
      return all.get(known.indexOf(name));
    }
    LevenshteinDistance distance = LevenshteinDistance.getDefaultInstance();
    String nearest =
        known.stream().min(Comparator.comparing(other -> distance.apply(name, other))).orElse("");
    throw new ConfigException(
        what
            + " \""
            + name
            + "\" is unknown; known: "
            + String.join(", ", known)
            + (distance.apply(name, nearest) <= Math.max(2, name.length() / 3)
                ? "; did you mean " + nearest + "?"
                : ""));
  }

  private static Sources read() {
    try (InputStream yaml = Sources.class.getResourceAsStream("sources.yaml")) {
      Object table = new Load(LoadSettings.builder().build()).loadFromInputStream(yaml);
      Row root = new Row(table);
      Map<String, Source> weights = new LinkedHashMap<>();
      for (Row row : root.rows("weights")) {
        Source source = source(row);
        row.close();
        if (weights.put(source.name(), source) != null) {
          throw new IllegalStateException(source.name() + " stands twice in sources.yaml");
        }
      }
      List<DatasetSource> datasets = new ArrayList<>();
      for (Row row : root.rows("datasets")) {
        datasets.add(dataset(row));
        row.close();
      }
      root.close();
      return new Sources(List.copyOf(weights.values()), datasets);
    } catch (IOException e) {
      throw new IllegalStateException("sources.yaml cannot be read", e);
    }
  }

  private static Source source(Row row) {
    String backbone = row.text("backbone");
    String weights = row.text("weights");
    String name = Source.name(backbone, weights);
    String path = URI.create(row.text("url")).getPath();
    String fileName = name.replace(':', '-') + path.substring(path.lastIndexOf('.'));
    RemoteFile file = file(row, fileName, "./run.sh weights fetch " + name);
    return new Source(
        backbone,
        weights,
        file,
        file.size().isPresent() ? megabytes(file.size().getAsLong()) : row.text("size"),
        row.text("licence"),
        row.oneOf("keys", KEY_STYLES),
        row.oneOf("recipe", RECIPES));
  }

  private static DatasetSource dataset(Row row) {
    String name = row.text("name");
    RemoteFile file = file(row, row.text("file"), "./run.sh data fetch " + name);
    return new DatasetSource(
        name, file, row.text("topFolder"), row.text("licence"), row.texts("validation"));
  }

  private static RemoteFile file(Row row, String fileName, String fetchedBy) {
    Object size = row.value("size");
    return new RemoteFile(
        fileName,
        URI.create(row.text("url")),
        size instanceof Number exact ? OptionalLong.of(exact.longValue()) : OptionalLong.empty(),
        row.has("sha256") ? Optional.of(row.text("sha256")) : Optional.empty(),
        fetchedBy);
  }
}
