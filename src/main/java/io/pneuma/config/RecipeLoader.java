package io.pneuma.config;

import io.pneuma.config.Recipe.AttentionSpec;
import io.pneuma.config.Recipe.AttributeSource;
import io.pneuma.config.Recipe.Augmentation;
import io.pneuma.config.Recipe.BackboneSpec;
import io.pneuma.config.Recipe.Data;
import io.pneuma.config.Recipe.Decay;
import io.pneuma.config.Recipe.DicomRule;
import io.pneuma.config.Recipe.EarlyStopping;
import io.pneuma.config.Recipe.Evaluation;
import io.pneuma.config.Recipe.FoldRule;
import io.pneuma.config.Recipe.Fusion;
import io.pneuma.config.Recipe.HoldOutRule;
import io.pneuma.config.Recipe.Monitor;
import io.pneuma.config.Recipe.OnBadImage;
import io.pneuma.config.Recipe.Regularization;
import io.pneuma.config.Recipe.Sampling;
import io.pneuma.config.Recipe.ThresholdRule;
import io.pneuma.config.Recipe.Training;
import io.pneuma.config.Recipe.Validation;
import io.pneuma.config.YamlTree.Mapping;
import io.pneuma.config.YamlTree.Origin;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.api.RepresentToNode;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.representer.StandardRepresenter;

/** Reads a recipe from YAML. Every default of the recipe is stated here, once. */
public final class RecipeLoader {
  /** The fields of the validation metrics by which the best epoch can be chosen. */
  static final List<String> METRICS =
      List.of(
          "rocAuc",
          "prAuc",
          "accuracy",
          "balancedAccuracy",
          "f1",
          "precision",
          "recall",
          "specificity");

  /** What an epoch, and a candidate of a search, can be chosen by. */
  static final List<String> CHOICES =
      Stream.concat(METRICS.stream(), Stream.of(EarlyStopping.WORST_SHIFT)).toList();

  static final String ATTENTION = "fusion.attention.";
  private static final String MAP = "map";
  static final String ATTENTION_TYPE = ATTENTION + "type";

  /** Keys that belong to one kind of attention. */
  static final Map<String, String> OWNERS = Map.of("reduction", "se", "heads", "self");

  private static final String SEARCH = "search";
  private static final String THRESHOLDS =
      "a number from 0 to 1, youden, {sensitivity: 0.95}, {specificity: 0.9}, {cost: [1, 5]} (of a"
          + " false positive and of a false negative)";

  private final Vocabulary vocabulary;
  private final Path home;
  private final Path caller;
  private final boolean checkFiles;
  private final Map<String, RecipeKey> read = Collections.synchronizedMap(new LinkedHashMap<>());

  /**
   * A loader for one command.
   *
   * @param home the project's root, below which messages call a recipe by its relative path
   * @param caller the folder that relative paths on the command line start from; those inside a
   *     recipe start from the recipe's own folder
   */
  public RecipeLoader(Vocabulary vocabulary, Path home, Path caller) {
    this(vocabulary, home, caller, true);
  }

  private RecipeLoader(Vocabulary vocabulary, Path home, Path caller, boolean checkFiles) {
    this.vocabulary = vocabulary;
    this.home = home;
    this.caller = caller;
    this.checkFiles = checkFiles;
  }

  /**
   * The same for the recipe of a trained run: the files of its weights need not be there any more,
   * nor the file system of its images.
   */
  public RecipeLoader ofTrainedRuns() {
    return new RecipeLoader(vocabulary, home, caller, false);
  }

  /** Every key that this loader has asked for so far, by its path, in the order of the recipe. */
  Map<String, RecipeKey> read() {
    return read;
  }

  /**
   * A recipe as read.
   *
   * @param yaml the recipe with every default and override written out and every path absolute
   */
  public record Loaded(Recipe recipe, String yaml) {}

  /**
   * Reads a recipe and lays the command line's assignments over it.
   *
   * @param assignments as in {@code training.epochs=3}
   * @throws ConfigException with all problems at once
   */
  public Loaded load(Path file, List<String> assignments) {
    List<String> problems = new ArrayList<>();
    Mapping root = root(file, assignments, problems);
    YamlTree search = root.entries().remove(SEARCH);
    if (search != null) {
      problems.add(
          search.origin().place()
              + ": search is for ./run.sh search; give this verb a recipe without it, such as the"
              + " winner.yaml that a search leaves");
    }
    return loaded(root, problems);
  }

  /**
   * Reads a recipe with a {@code search:} block.
   *
   * @throws ConfigException with all problems at once
   */
  public SearchRecipes loadSearch(Path file, List<String> assignments) {
    List<String> problems = new ArrayList<>();
    Mapping root = root(file, assignments, problems);
    YamlTree block = root.entries().remove(SEARCH);
    if (block == null || !(block.unfolded() instanceof Mapping mapping)) {
      throw new ConfigException(
          (block == null ? name(file) : block.origin().place())
              + ": has no search: block; expected one such as that of conf/search.yaml");
    }
    Section section = new Section(mapping, SEARCH + ".", problems, read);
    Search search = new SearchReader(section, problems).read();
    Loaded base = loaded((Mapping) root.copy(), problems);
    Mapping space =
        (Mapping) mapping.entries().get("space").unfolded(); // Else there were problems.
    return new SearchRecipes(
        root,
        search,
        base,
        base.yaml() + dump(Map.of(SEARCH, section.resolved())),
        space,
        tree -> loaded(tree, new ArrayList<>()));
  }

  private Mapping root(Path file, List<String> assignments, List<String> problems) {
    if (!UserPath.isLocal(file)) {
      throw new ConfigException(file + ": a recipe must be on this machine");
    }
    String source = name(file);
    Path absolute = UserPath.of(caller, file.toString());
    Path own = absolute.getParent();
    String text;
    try {
      text = Files.readString(absolute);
    } catch (CharacterCodingException e) {
      throw new ConfigException(source + ": is not UTF-8 text, which a recipe must be");
    } catch (IOException e) {
      String why =
          Files.isDirectory(absolute)
              ? "is a folder"
              : Files.exists(absolute) ? "cannot be read" : "no such file";
      throw new ConfigException(
          source + ": " + why + "; expected a recipe such as conf/quickstart.yaml");
    }
    Optional<YamlTree> tree = new YamlReader(source, own, true, problems).read(text);
    if (tree.isPresent() && !(tree.get() instanceof Mapping)) {
      throw new ConfigException(
          source + ": must be a mapping of keys such as data, backbones, training");
    }
    Mapping root =
        tree.map(Mapping.class::cast)
            .orElseGet(() -> new Mapping(new LinkedHashMap<>(), new Origin(source, own)));
    for (String assignment : assignments) {
      try {
        YamlTree.set(root, assignment, caller);
      } catch (ConfigException e) {
        problems.add(e.getMessage());
      }
    }
    return root;
  }

  private Loaded loaded(Mapping root, List<String> problems) {
    Section top = new Section(root, "", problems, read);
    Recipe recipe = recipe(top);
    if (!problems.isEmpty()) {
      throw new ConfigException(problems);
    }
    return new Loaded(recipe, dump(top.resolved()));
  }

  private static String dump(Map<String, Object> resolved) {
    DumpSettings style = DumpSettings.builder().setDefaultFlowStyle(FlowStyle.BLOCK).build();
    return new Dump(style, new PlainText(style)).dumpToString(resolved);
  }

  /** Quotes the texts that a reader of YAML 1.1 would take for something else, such as NO. */
  private static final class PlainText extends StandardRepresenter {
    private static final Pattern AMBIGUOUS =
        Pattern.compile(
            "(?i)y|n|yes|no|on|off|true|false|null|~|[-+.]?[0-9].*|[-+]?\\.(inf|nan)|=|<<");

    PlainText(DumpSettings style) {
      super(style);
      RepresentToNode usual = representers.get(String.class);
      representers.put(
          String.class,
          text ->
              AMBIGUOUS.matcher((String) text).matches()
                  ? representScalar(Tag.STR, (String) text, ScalarStyle.SINGLE_QUOTED)
                  : usual.representData(text));
    }
  }

  private String name(Path file) {
    Path absolute = caller.resolve(file).normalize();
    return (absolute.startsWith(home) ? home.relativize(absolute) : file).toString();
  }

  private Recipe recipe(Section top) {
    long seed = top.integer("seed", 1L, 0L, Long.MAX_VALUE);
    Data data = data(top.section("data", "{folder: data/kermany}"));
    Augmentation augmentation =
        augmentation(
            top.section(
                "augmentation", "{crop: 1, rotateDegrees: 0, flipHorizontal: 0, views: 1}"));
    List<BackboneSpec> backbones = backbones(top.sections("backbones"));
    Recipe recipe =
        new Recipe(
            seed,
            data,
            augmentation,
            backbones,
            fusion(top.section("fusion", "{embedding: 1024}")),
            training(top.section("training", "{epochs: 30}"), backbones),
            evaluation(top.section("evaluation", "{threshold: youden}")),
            monitor(top.section("monitor", "{ui: false}")));
    checkHoldOuts(top, recipe.data(), recipe.evaluation());
    top.close();
    return recipe;
  }

  private Data data(Section data) {
    Path folder = data.imagePath("folder", data.requiredText("folder"), !checkFiles);
    Data read =
        new Data(
            folder,
            data.integer("imageSize", 224, 32, 1024),
            data.optionalSection("validation", "{fraction: 0.1}, or none")
                .map(RecipeLoader::validation),
            data.optionalSection("test", "{fraction: 0.15}, or none").map(RecipeLoader::test),
            data.oneOf("onBadImage", "fail", List.of("fail", "skip")).equals("skip")
                ? OnBadImage.SKIP
                : OnBadImage.FAIL,
            positiveClass(data),
            generatesPhantom(data, folder),
            attributes(data),
            dicom(data.section("dicom", "{accept: chest-xrays}")));
    data.close();
    return read;
  }

  private static DicomRule dicom(Section dicom) {
    DicomRule rule =
        new DicomRule(
            dicom.oneOf("accept", "chest-xrays", List.of("chest-xrays", "any")).equals("any"),
            dicom.oneOf("frames", "one", List.of("one", "first")).equals("first"));
    dicom.close();
    return rule;
  }

  /** A name that ends in .csv is a table's; anything else is a regular expression. */
  private Optional<AttributeSource> attributes(Section data) {
    String text = data.text("attributes", null);
    if (text == null) {
      return Optional.empty();
    }
    if (text.endsWith(".csv")) {
      return Optional.of(
          new AttributeSource.Table(data.imagePath("attributes", text, !checkFiles)));
    }
    AttributeSource.Names names = new AttributeSource.Names(text);
    String problem = "";
    try {
      Pattern.compile(text);
    } catch (PatternSyntaxException e) {
      problem = "is no regular expression: " + e.getDescription();
    }
    if (problem.isEmpty() && names.attributes().isEmpty()) {
      problem =
          "needs a named group for each attribute, as in \"(?<cause>bacteria|virus)\"; or name a"
              + " .csv file";
    }
    if (!problem.isEmpty()) {
      data.problem("attributes", "= \"" + text + "\" " + problem);
    }
    return Optional.of(names);
  }

  private static Optional<String> positiveClass(Section data) {
    // Class names are compared in one normalisation; macOS decomposes those of its folders.
    return Optional.ofNullable(data.text("positiveClass", null))
        .map(name -> Normalizer.normalize(name, Normalizer.Form.NFC))
        .map(name -> data.keep("positiveClass", name));
  }

  /** Only into the folder that the recipe itself names: an override may be a slip of the pen. */
  private static boolean generatesPhantom(Section data, Path folder) {
    boolean asked = data.oneOf("generate", "none", List.of("none", "phantom")).equals("phantom");
    if (asked && data.isOverridden("folder")) {
      data.none("generate");
      return false;
    }
    if (asked && !UserPath.isLocal(folder)) {
      data.problem("generate", "= phantom draws into folders of this machine alone");
    }
    return asked;
  }

  private static Validation validation(Section validation) {
    HoldOutRule heldOut = heldOut(validation, 0.1);
    String groupBy = validation.text("groupBy", Recipe.PATIENT);
    GroupBy.problem(groupBy)
        .ifPresent(problem -> validation.problem("groupBy", "= \"" + groupBy + "\" " + problem));
    validation.close();
    return new Validation(heldOut, groupBy);
  }

  private static HoldOutRule test(Section test) {
    HoldOutRule heldOut = heldOut(test, 0.15);
    test.close();
    return heldOut;
  }

  private static HoldOutRule heldOut(Section section, double fraction) {
    String where = section.text("where", null);
    if (where == null) {
      return new HoldOutRule.Share(section.real("fraction", fraction, 0, false, 0.5));
    }
    if (section.word("fraction") != null) {
      section.problem("fraction", "stands beside where, which says who is held out; remove one");
    }
    int equals = where.indexOf('=');
    if (equals < 1 || equals == where.length() - 1) {
      section.problem("where", "= \"" + where + "\" must be ATTRIBUTE=VALUE, as in cluster=2");
      return new HoldOutRule.Share(fraction);
    }
    return new HoldOutRule.Where(
        where.substring(0, equals).strip(), where.substring(equals + 1).strip());
  }

  private static Augmentation augmentation(Section section) {
    Augmentation augmentation =
        new Augmentation(
            section.real("crop", 0.9, 0, false, 1),
            section.real("rotateDegrees", 10, 0, true, 180),
            section.real("flipHorizontal", 0.5, 0, true, 1),
            section.integer("views", 4, 1, 1000),
            variation(section));
    if (augmentation.isIdentity() && augmentation.views() > 1) {
      section.problem(
          "views",
          "= "
              + augmentation.views()
              + " would be equal images, since nothing is augmented; set views: 1");
    }
    section.close();
    return augmentation;
  }

  private static Variation variation(Section section) {
    Map<String, Variation> policies = Variation.policies();
    String policy = section.oneOf("policy", Recipe.NONE, policies.keySet());
    Variation base = policies.getOrDefault(policy, Variation.NONE);
    Variation none = Variation.NONE;
    return new Variation(
        section.realOrNone("brightness", base.brightness(), none.brightness(), 0, 1),
        section.realOrNone("contrast", base.contrast(), none.contrast(), 0, 1),
        section.realOrNone("gamma", base.gamma(), none.gamma(), 0, 1),
        section.realOrNone("blur", base.blur(), none.blur(), 0, 0.1),
        section.realOrNone("noise", base.noise(), none.noise(), 0, 0.5),
        section.realOrNone("resolution", base.resolution(), none.resolution(), 0.05, 1),
        section.realOrNone("clahe", base.clahe(), none.clahe(), 0, 40),
        section.integerOrNone("jpegQuality", base.jpegQuality(), none.jpegQuality(), 1, 100),
        section.realOrNone("translate", base.translate(), none.translate(), 0, 0.5),
        section.realOrNone("zoom", base.zoom(), none.zoom(), 0, 1),
        section.realOrNone("erase", base.erase(), none.erase(), 0, 0.5));
  }

  private List<BackboneSpec> backbones(List<Section> sections) {
    List<BackboneSpec> backbones = new ArrayList<>();
    for (Section section : sections) {
      BackboneSpec backbone = backbone(section);
      int twin = backbone.isRandom() ? -1 : backbones.indexOf(backbone);
      if (twin >= 0) {
        section.problem(
            "name",
            "= "
                + backbone.name()
                + " is backbones["
                + twin
                + "] once more, with the same weights; its features would only be repeated");
      }
      backbones.add(backbone);
    }
    return backbones;
  }

  private BackboneSpec backbone(Section section) {
    String name = section.oneOf("name", null, vocabulary.stages().keySet());
    WeightsSource weights =
        new WeightsReader(section, name, vocabulary.weightsOf(name), checkFiles).read();
    List<String> stages = vocabulary.stages().getOrDefault(name, List.of());
    boolean known = !stages.isEmpty();
    Optional<String> cut =
        section.has("cut") && !section.isNone("cut")
            ? Optional.of(known ? section.oneOf("cut", null, stages) : section.text("cut", ""))
            : Optional.empty();
    List<String> freezes =
        new ArrayList<>(List.of(BackboneSpec.FREEZE_ALL, BackboneSpec.FREEZE_NONE));
    freezes.addAll(stages);
    String freeze =
        known
            ? section.oneOf("freeze", BackboneSpec.FREEZE_ALL, freezes)
            : section.text("freeze", BackboneSpec.FREEZE_ALL);
    if (cut.filter(stages::contains).isPresent()
        && stages.indexOf(freeze) > stages.indexOf(cut.get())) {
      section.problem(
          "freeze", "= " + freeze + " lies beyond cut: " + cut.get() + ", where the backbone ends");
    }
    if (cut.isEmpty()) {
      section.none("cut");
    }
    section.close();
    // Frozen to its end is frozen whole, whichever way the recipe says it.
    boolean whole = known && freeze.equals(cut.orElse(stages.get(stages.size() - 1)));
    return new BackboneSpec(name, weights, whole ? BackboneSpec.FREEZE_ALL : freeze, cut);
  }

  private Fusion fusion(Section section) {
    boolean onMaps = section.oneOf("on", "vector", List.of("vector", MAP)).equals(MAP);
    Optional<Integer> embedding = Optional.empty();
    if (onMaps) {
      if (section.has("embedding") && !section.isNone("embedding")) {
        section.problem("embedding", "has no effect with fusion.on: map; remove it, or say none");
      }
      section.none("embedding");
    } else if (section.isNone("embedding")) {
      section.none("embedding");
    } else {
      embedding = Optional.of(section.integer("embedding", 1024, 1, 65536));
    }
    Section attention = section.section("attention", "{type: none}");
    String type = attention.oneOf("type", "se", vocabulary.attentions());
    AttentionSpec spec =
        new AttentionSpec(
            type, only(attention, type, "reduction", 16), only(attention, type, "heads", 8));
    if (type.equals("self") && embedding.isEmpty() && !onMaps) {
      attention.problem(
          "type", "= \"self\" needs one width for all backbones; give fusion.embedding a number");
    } else if (type.equals("self") && !onMaps && embedding.get() % spec.heads() != 0) {
      attention.problem(
          "heads", "= " + spec.heads() + " must divide fusion.embedding = " + embedding.get());
    }
    attention.close();
    section.close();
    return new Fusion(onMaps, embedding, spec);
  }

  /** A whole number that has a meaning for one kind of attention alone. */
  private static int only(Section attention, String type, String key, int fallback) {
    String owner = OWNERS.get(key);
    if (type.equals(owner) || type.isEmpty()) { // Empty: unknown, which is reported already.
      return attention.integer(key, fallback, 1, 4096);
    }
    if (attention.has(key)) {
      attention.problem(
          key, "belongs to type: " + owner + " and has no effect on type: " + type + "; remove it");
      attention.none(key);
    }
    return fallback;
  }

  private Training training(Section section, List<BackboneSpec> backbones) {
    int epochs = section.integer("epochs", 30, 1, 100_000);
    int batchSize = section.integer("batchSize", 32, 1, 65536);
    double learningRate = section.real("learningRate", 1e-4, 0, false, 10);
    int warmup = section.integer("warmupEpochs", 0, 0, 100_000);
    Optional<Decay> decay = decay(section);
    double stageDecay = section.real("stageDecay", 1, 0, false, 1);
    int probe = section.integer("probeEpochs", 0, 0, 100_000);
    boolean weights =
        section.oneOf("classWeights", "none", List.of("none", "balanced")).equals("balanced");
    Sampling sampling = sampling(section);
    if (warmup >= epochs) {
      section.problem("warmupEpochs", "= " + warmup + " must be fewer than epochs = " + epochs);
    }
    if (weights && sampling != Sampling.NONE) {
      section.problem(
          "sampling", "and classWeights would both make up for the classes' shares; give one");
    }
    boolean frozen = backbones.stream().allMatch(BackboneSpec::isFrozen);
    if (frozen && (stageDecay != 1 || probe != 0)) {
      section.problem(
          stageDecay != 1 ? "stageDecay" : "probeEpochs",
          "has no effect where all backbones are frozen; remove it, or let one learn by freeze");
    }
    Training training =
        new Training(
            epochs,
            batchSize,
            learningRate,
            warmup,
            decay,
            stageDecay,
            probe,
            weights,
            sampling,
            regularization(section),
            earlyStopping(section));
    section.close();
    return training;
  }

  private static Sampling sampling(Section training) {
    Map<String, Sampling> words = new LinkedHashMap<>();
    Arrays.stream(Sampling.values()).forEach(each -> words.put(each.word(), each));
    String word = training.oneOf("sampling", "none", List.copyOf(words.keySet()));
    return words.getOrDefault(word, Sampling.NONE);
  }

  private static Regularization regularization(Section training) {
    return new Regularization(
        training.real("weightDecay", 0, 0, true, 10),
        training.real("dropout", 0, 0, true, 0.95),
        training.real("labelSmoothing", 0, 0, true, 0.5),
        training.real("mixup", 0, 0, true, 10),
        training.real("clipNorm", 0, 0, true, 1e6),
        training.real("averageDecay", 0, 0, true, 0.99999));
  }

  private static Optional<Decay> decay(Section training) {
    if (training.isNone("decay")) {
      training.none("decay");
      return Optional.empty();
    }
    if ("cosine".equals(training.word("decay"))) {
      training.keep("decay", "cosine");
      return Optional.of(new Decay.Cosine());
    }
    Section section = training.section("decay", "{factor: 0.1, everyEpochs: 10}, cosine, or none");
    Decay decay =
        new Decay.Step(
            section.real("factor", 0.1, 0, false, 1),
            section.integer("everyEpochs", 10, 1, 100_000));
    section.close();
    return Optional.of(decay);
  }

  private static Optional<EarlyStopping> earlyStopping(Section training) {
    if (training.isNone("earlyStopping")) {
      training.none("earlyStopping");
      return Optional.empty();
    }
    Section section = training.section("earlyStopping", "{patience: 10}, or none");
    EarlyStopping stopping =
        new EarlyStopping(
            section.integer("patience", 10, 1, 100_000),
            section.oneOf("metric", EarlyStopping.METRIC, CHOICES));
    section.close();
    return Optional.of(stopping);
  }

  private static Evaluation evaluation(Section section) {
    Evaluation evaluation =
        new Evaluation(
            threshold(section),
            section
                .oneOf("calibration", "none", List.of("none", "temperature"))
                .equals("temperature"),
            conformal(section),
            folds(section),
            section.integer("seeds", 1, 1, 100));
    section.close();
    return evaluation;
  }

  private static ThresholdRule threshold(Section evaluation) {
    String word = evaluation.word("threshold");
    if ("youden".equals(word)) {
      evaluation.keep("threshold", word);
      return new ThresholdRule.Youden();
    }
    if (!evaluation.isSection("threshold")) {
      return new ThresholdRule.Fixed(evaluation.real("threshold", 0.5, 0, true, 1));
    }
    Section section = evaluation.section("threshold", THRESHOLDS);
    List<String> given =
        Stream.of("sensitivity", "specificity", "cost").filter(section::has).toList();
    ThresholdRule rule = new ThresholdRule.Youden();
    if (section.has("sensitivity")) {
      rule = new ThresholdRule.Sensitivity(section.real("sensitivity", 0.95, 0, false, 1));
    }
    if (section.has("specificity")) {
      rule = new ThresholdRule.Specificity(section.real("specificity", 0.9, 0, false, 1));
    }
    if (section.has("cost")) {
      List<Double> cost = section.reals("cost", 2);
      rule = new ThresholdRule.Cost(cost.get(0), cost.get(1));
    }
    if (given.size() != 1) {
      evaluation.problem("threshold", "must be one of " + THRESHOLDS);
    }
    section.close();
    return rule;
  }

  private static Optional<FoldRule> folds(Section evaluation) {
    if (!evaluation.has("folds") || evaluation.isNone("folds")) {
      evaluation.none("folds");
      return Optional.empty();
    }
    String word = evaluation.word("folds");
    if (word != null && word.matches("[^-+.0-9].*")) {
      evaluation.keep("folds", word);
      return Optional.of(new FoldRule.Values(word));
    }
    return Optional.of(new FoldRule.Count(evaluation.integer("folds", 5, 2, 20)));
  }

  /** Refuses what has nothing to decide by, or nothing to decide. */
  private static void checkHoldOuts(Section top, Data data, Evaluation evaluation) {
    boolean byValidation = isWhere(data.validation().map(Validation::heldOut));
    boolean byFolds = evaluation.folds().filter(FoldRule.Values.class::isInstance).isPresent();
    boolean told = data.attributes().isPresent() || Data.isTable(data.folder());
    if (!told && (byValidation || isWhere(data.test()) || byFolds)) {
      top.problem(
          "data",
          "tells no attributes, by which "
              + (byFolds ? "evaluation.folds makes folds" : "where holds out patients")
              + "; give data.attributes, such as a .csv file, or a table of images as data.folder");
    }
    if (byValidation && evaluation.folds().isPresent()) {
      top.problem(
          "evaluation",
          "has folds, which take the place of data.validation.where; remove one of them");
    }
  }

  private static boolean isWhere(Optional<HoldOutRule> rule) {
    return rule.filter(HoldOutRule.Where.class::isInstance).isPresent();
  }

  private static OptionalDouble conformal(Section evaluation) {
    if (evaluation.isNone("conformal")) {
      evaluation.none("conformal");
      return OptionalDouble.empty();
    }
    Section section = evaluation.section("conformal", "{coverage: 0.9}, or none");
    double coverage = section.real("coverage", 0.9, 0.5, true, 0.999);
    section.close();
    return OptionalDouble.of(coverage);
  }

  private static Monitor monitor(Section section) {
    Monitor monitor =
        new Monitor(
            section.bool("ui", false),
            section.text("host", "127.0.0.1"),
            section.integer("port", 9000, 0, 65535),
            section.bool("tensorboard", false),
            mlflow(section));
    section.close();
    return monitor;
  }

  private static Optional<URI> mlflow(Section monitor) {
    if (!monitor.has("mlflow") || monitor.isNone("mlflow")) {
      monitor.text("mlflow", null);
      monitor.none("mlflow");
      return Optional.empty();
    }
    String text = monitor.text("mlflow", "");
    try {
      URI address = new URI(text);
      String scheme = String.valueOf(address.getScheme()).toLowerCase(Locale.ROOT);
      if (address.getUserInfo() != null) {
        monitor.problem(
            "mlflow",
            "must not hold a name or password; MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD"
                + " of the environment do");
        return Optional.empty();
      }
      if (List.of("http", "https").contains(scheme)
          && address.getHost() != null
          && address.getRawQuery() == null
          && address.getRawFragment() == null) {
        return Optional.of(address);
      }
    } catch (URISyntaxException e) {
      // Said below.
    }
    monitor.problem(
        "mlflow", "= \"" + text + "\" must be a server's address, as in http://127.0.0.1:5000");
    return Optional.empty();
  }
}
