package io.pneuma.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
import io.pneuma.config.Recipe.ThresholdRule;
import io.pneuma.config.Recipe.Training;
import io.pneuma.config.Recipe.Validation;
import io.pneuma.config.WeightsSource.Named;
import io.pneuma.config.WeightsSource.None;
import io.pneuma.config.WeightsSource.OfFile;
import io.pneuma.config.WeightsSource.OfRun;
import io.pneuma.config.WeightsSource.OfUrl;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecipeLoaderTest {
  private static final String LEAST =
      """
      data: {folder: images}
      backbones:
        - {name: resnet18, weights: none}
      """;

  @TempDir Path temporary;
  private Path home;
  private Path caller;
  private Path base;
  private Path file;
  private RecipeLoader loader;

  @BeforeEach
  void layOutAProject() throws IOException {
    home = Files.createDirectories(temporary.resolve("pneuma"));
    caller = Files.createDirectories(temporary.resolve("caller"));
    base = Files.createDirectories(home.resolve("conf"));
    file = base.resolve("x.yaml");
    Map<String, List<String>> stages = new LinkedHashMap<>();
    stages.put("resnet18", List.of("layer1", "layer2", "layer3", "layer4"));
    stages.put("resnet50", List.of("layer1", "layer2", "layer3", "layer4"));
    stages.put("densenet121", List.of("denseblock1", "denseblock2"));
    loader =
        new RecipeLoader(
            new Vocabulary(
                stages,
                Map.of("resnet18", Set.of("imagenet")),
                new LinkedHashSet<>(List.of("none", "se", "eca", "self"))),
            home,
            caller);
  }

  @Test
  void fillsInEveryDefault() {
    assertEquals(
        new Recipe(
            1,
            new Data(
                base.resolve("images"),
                224,
                Optional.empty(),
                Optional.empty(),
                OnBadImage.FAIL,
                Optional.empty(),
                false,
                Optional.empty(),
                DicomRule.STRICT),
            new Augmentation(0.9, 10, 0.5, 4),
            List.of(new BackboneSpec("resnet18", new None(), "all", Optional.empty())),
            new Fusion(false, Optional.of(1024), new AttentionSpec("se", 16, 8)),
            new Training(
                30,
                32,
                1e-4,
                0,
                Optional.of(new Decay.Step(0.1, 10)),
                1,
                0,
                false,
                Recipe.Sampling.NONE,
                Regularization.NONE,
                Optional.of(new EarlyStopping(10, "rocAuc"))),
            new Evaluation(ThresholdRule.HALF, false, OptionalDouble.of(0.9), Optional.empty(), 1),
            new Monitor(false, "127.0.0.1", 9000, false, Optional.empty())),
        load(LEAST));
  }

  @Test
  void aPolicySetsWhatIsNotGivenBesideIt() {
    Variation xray =
        load(LEAST + "augmentation: {policy: xray, noise: none, zoom: 0.5, resolution: 1}")
            .augmentation()
            .variation();
    Variation whole = Variation.policies().get("xray");
    assertEquals(
        new Variation(
            whole.brightness(),
            whole.contrast(),
            whole.gamma(),
            whole.blur(),
            0,
            1,
            whole.clahe(),
            whole.jpegQuality(),
            whole.translate(),
            0.5,
            whole.erase()),
        xray);
    assertEquals(
        Variation.NONE, load(LEAST + "augmentation: {blur: 0}").augmentation().variation());
  }

  @Test
  void aResolvedPolicyReadsAsItWas() {
    String yaml = LEAST + "augmentation: {policy: xray, jpegQuality: none, blur: 0.01}";
    String resolved = loader.load(write(yaml), List.of()).yaml();
    assertTrue(resolved.contains("jpegQuality: none"), resolved);
    assertEquals(load(yaml), load(resolved));
  }

  /** The whole recipe of the documentation, with weights that are on this disk. */
  private static final String WHOLE =
      """
      seed: 1
      data:
        folder: data/kermany            # train|val|test / CLASS / image, or CLASS / image
        imageSize: 224
        validation: {fraction: 0.1, groupBy: patient}
        onBadImage: fail                # or skip, which lists what it skipped
      augmentation: {crop: 0.9, rotateDegrees: 10, flipHorizontal: 0.5, views: 4}
      backbones:
        - {name: resnet50,    weights: w.safetensors, freeze: all}
        - {name: densenet121, weights: none,          freeze: none}
        - {name: resnet18,    weights: w.safetensors, freeze: layer2, cut: layer3}
      fusion:
        embedding: 1024                 # or none
        attention: {type: se, reduction: 16}   # none | se | eca | self
      training:
        epochs: 30
        batchSize: 32
        learningRate: 1.0e-4
        decay: {factor: 0.1, everyEpochs: 10}
        classWeights: balanced
        earlyStopping: {patience: 10, metric: rocAuc}
      monitor: {ui: false, host: 127.0.0.1, port: 9000}
      """;

  @Test
  void readsAWholeRecipe() throws IOException {
    Path weights = Files.writeString(base.resolve("w.safetensors"), "");
    Recipe recipe = load(WHOLE);
    assertEquals(
        Optional.of(new Validation(new HoldOutRule.Share(0.1), "patient")),
        recipe.data().validation());
    assertEquals(
        List.of(
            new BackboneSpec("resnet50", file(weights), "all", Optional.empty()),
            new BackboneSpec("densenet121", new None(), "none", Optional.empty()),
            new BackboneSpec("resnet18", file(weights), "layer2", Optional.of("layer3"))),
        recipe.backbones());
    assertTrue(recipe.training().balancedClasses());
  }

  @Test
  void whatWasResolvedLoadsToTheSameRecipeFromAnyFolder() throws IOException {
    Files.writeString(base.resolve("w.safetensors"), "");
    String[] assignments = {
      "data.positiveClass=007",
      "data.test.fraction=0.2",
      "data.validation.groupBy=^(\\d+)_",
      "data.onBadImage=skip",
      "data.dicom.accept=any",
      "data.dicom.frames=first",
      "fusion.attention={type: self, heads: 4}",
      "training.decay=none",
      "training.earlyStopping=none",
      "backbones[2].cut=none",
      "seed=9223372036854775807"
    };
    for (String text : List.of(LEAST, WHOLE)) {
      for (String[] each : List.of(new String[0], assignments)) {
        String[] fitting =
            text.equals(WHOLE) || each.length == 0
                ? each
                : new String[] {"fusion.embedding=none", "data.positiveClass=true"};
        RecipeLoader.Loaded loaded = loader.load(write(text), List.of(fitting));
        Path elsewhere = temporary.resolve("config.yaml");
        Files.writeString(elsewhere, loaded.yaml());
        RecipeLoader.Loaded again = loader.load(elsewhere, List.of());
        assertEquals(loaded.recipe(), again.recipe());
        assertEquals(loaded.yaml(), again.yaml());
      }
    }
  }

  @Test
  void reportsAllProblemsAtOnceEachWithItsPlace() {
    refuses(
        """
        sede: 1
        data:
          imageSize: big
          validation: {fraction: 0.9}
          onBadImage: [skip]
        backbones:
          - {name: resnet18, weights: none}
          - {name: resnet5, weights: none}
          - {name: resnet18, weights: imagnet, freeze: layer9}
          - resnet18
        training:
          epochs: 0
          learningRate: 1e-4x
          epochs: 3
        monitor: {ui: maybe}
        """,
        "conf/x.yaml:14: the key epochs stands twice; remove one",
        "conf/x.yaml:3: data.folder is missing",
        "conf/x.yaml:3: data.imageSize = \"big\" must be a whole number from 32 to 1024",
        "conf/x.yaml:4: data.validation.fraction = 0.9 must be a number above 0, at most 0.5",
        "conf/x.yaml:5: data.onBadImage (a list) must be a single value",
        "conf/x.yaml:10: backbones[3] must be a mapping of keys",
        "conf/x.yaml:8: backbones[1].name = \"resnet5\" is unknown; known: resnet18, resnet50,"
            + " densenet121; did you mean resnet50?",
        "conf/x.yaml:9: backbones[2].weights = \"imagnet\" is no file (looked at "
            + base.resolve("imagnet")
            + ") and no weights known for resnet18; expected none, imagenet, run:DIR or a file;"
            + " did you mean imagenet?",
        "conf/x.yaml:9: backbones[2].freeze = \"layer9\" is unknown; known: all, none, layer1,"
            + " layer2, layer3, layer4; did you mean layer1?",
        "conf/x.yaml:12: training.epochs = 0 must be a whole number from 1 to 100000",
        "conf/x.yaml:13: training.learningRate = \"1e-4x\" must be a number above 0, at most 10",
        "conf/x.yaml:15: monitor.ui = \"maybe\" must be true or false",
        "conf/x.yaml:1: sede is an unknown key; known here: seed, data, augmentation, backbones,"
            + " fusion, training, evaluation, monitor; did you mean seed?");
  }

  @Test
  void reportsContradictions() {
    refuses(
        LEAST + "fusion: {attention: {type: self, reduction: 4}}",
        "conf/x.yaml:4: fusion.attention.reduction belongs to type: se and has no effect on type:"
            + " self; remove it");
    refuses(
        LEAST + "fusion: {embedding: 100, attention: {type: self}}",
        "conf/x.yaml:4: fusion.attention.heads = 8 must divide fusion.embedding = 100");
    refuses(
        LEAST + "fusion: {on: map, embedding: 100}",
        "conf/x.yaml:4: fusion.embedding has no effect with fusion.on: map; remove it, or say none");
    refuses(
        LEAST + "fusion: {embedding: none, attention: {type: self}}",
        "conf/x.yaml:4: fusion.attention.type = \"self\" needs one width for all backbones; give"
            + " fusion.embedding a number");
    refuses(
        "data: {folder: x}\nbackbones: [{name: resnet18, weights: none, freeze: layer3, cut:"
            + " layer2}]",
        "conf/x.yaml:2: backbones[0].freeze = layer3 lies beyond cut: layer2, where the backbone"
            + " ends");
    refuses(
        LEAST + "augmentation: {crop: 1, rotateDegrees: 0, flipHorizontal: 0}",
        "conf/x.yaml:4: augmentation.views = 4 would be equal images, since nothing is augmented;"
            + " set views: 1");
  }

  @Test
  void aMisspeltWordBringsNoFurtherComplaints() {
    refuses(
        LEAST + "fusion: {attention: {type: slf, heads: 4}}",
        "conf/x.yaml:4: fusion.attention.type = \"slf\" is unknown; known: none, se, eca, self; did"
            + " you mean self?");
    refuses(
        "data: {folder: x}\nbackbones: [{name: resnet18, weights: none, freeze: layer3, cut:"
            + " layr4}]",
        "conf/x.yaml:2: backbones[0].cut = \"layr4\" is unknown; known: layer1, layer2, layer3,"
            + " layer4; did you mean layer4?");
  }

  @Test
  void aWordWhereKeysBelongIsNotTakenForTheDefaults() {
    refuses(
        LEAST + "fusion: {attention: none}",
        "conf/x.yaml:4: fusion.attention = \"none\" must be a mapping of keys, as in {type: none}");
    refuses(
        LEAST + "augmentation: none",
        "conf/x.yaml:4: augmentation = \"none\" must be a mapping of keys, as in {crop: 1,"
            + " rotateDegrees: 0, flipHorizontal: 0, views: 1}");
    refuses(
        LEAST + "training: {decay: 0.1}",
        "conf/x.yaml:4: training.decay = 0.1 must be a mapping of keys, as in {factor: 0.1,"
            + " everyEpochs: 10}, cosine, or none");
    assertEquals(load(LEAST), load(LEAST + "training:  # all of it commented out\n"));
  }

  @Test
  void checksTheRuleForPatients() {
    String rule = "conf/x.yaml:1: data.validation.groupBy = ";
    String backbones = "\nbackbones: [{name: resnet18, weights: none}]";
    refuses(
        "data: {folder: x, validation: {groupBy: '[0-9]+'}}" + backbones,
        rule
            + "\"[0-9]+\" needs a group for the patient, as in \"^(\\\\d+)_\"; or the word patient");
    refuses(
        "data: {folder: x, validation: {groupBy: '(x'}}" + backbones,
        rule + "\"(x\" is no regular expression: Unclosed group");
  }

  @Test
  void checksWhereAttributesStand() {
    String place = "conf/x.yaml:1: data.attributes = ";
    String backbones = "\nbackbones: [{name: resnet18, weights: none}]";
    refuses(
        "data: {folder: x, attributes: 'bacteria|virus'}" + backbones,
        place
            + "\"bacteria|virus\" needs a named group for each attribute, as in"
            + " \"(?<cause>bacteria|virus)\"; or name a .csv file");
    refuses(
        "data: {folder: x, attributes: '(?<cause>x'}" + backbones,
        place + "\"(?<cause>x\" is no regular expression: Unclosed group");
    assertEquals(
        Optional.of(new AttributeSource.Table(base.resolve("known.csv"))),
        load("data: {folder: x, attributes: known.csv}" + backbones).data().attributes());
  }

  @Test
  void refusesABackboneThatRepeatsAnother() throws IOException {
    Files.writeString(base.resolve("w.safetensors"), "");
    String one = "  - {name: resnet18, weights: w.safetensors}\n";
    refuses(
        "data: {folder: x}\nbackbones:\n" + one + one,
        "conf/x.yaml:4: backbones[1].name = resnet18 is backbones[0] once more, with the same"
            + " weights; its features would only be repeated");
  }

  @Test
  void frozenToItsEndIsFrozenWhole() throws IOException {
    Recipe recipe =
        load("data: {folder: x}\nbackbones:\n  - {name: resnet18, weights: none, freeze: layer4}");
    assertEquals(BackboneSpec.FREEZE_ALL, recipe.backbones().get(0).freeze());
  }

  @Test
  void theRecipeOfATrainedRunNeedsNoWeightsAnyMore() throws IOException {
    String text = "data: {folder: x}\nbackbones:\n  - {name: resnet18, weights: gone.safetensors}";
    refuses(
        text,
        "conf/x.yaml:3: backbones[0].weights = \"gone.safetensors\" is no file (looked at "
            + base.resolve("gone.safetensors")
            + ") and no weights known for resnet18; expected none, imagenet, run:DIR or a file");
    Files.writeString(file, text);
    Recipe recipe = loader.ofTrainedRuns().load(file, List.of()).recipe();
    assertEquals(file(base.resolve("gone.safetensors")), recipe.backbones().get(0).weights());
  }

  private static WeightsSource file(Path file) {
    return new OfFile(file, Optional.empty(), false);
  }

  private WeightsSource weights(String yaml) throws IOException {
    Files.writeString(
        file, "data: {folder: x}\nbackbones: [{name: resnet18, weights: " + yaml + "}]");
    return loader.load(file, List.of()).recipe().backbones().get(0).weights();
  }

  @Test
  void weightsComeFromANameAFileAnAddressOrARun() throws IOException {
    Path own = Files.writeString(base.resolve("w.pth"), "");
    Path run = Files.createDirectories(base.resolve("runs/first"));
    String digest = "0123456789abcdef".repeat(4);
    assertEquals(new Named("imagenet"), weights("imagenet"));
    assertEquals(new OfRun(run), weights("'run:runs/first'"));
    assertEquals(
        new OfFile(own, Optional.of(digest), true),
        weights("{file: w.pth, sha256: " + digest + ", allowNonFinite: true}"));
    assertEquals(
        new OfUrl(URI.create("https://x.org/w.pth"), digest, false),
        weights("{url: 'https://x.org/w.pth', sha256: " + digest.toUpperCase(Locale.ROOT) + "}"));
  }

  @Test
  void theResolvedRecipeNamesTheSameWeights() throws IOException {
    Files.createDirectories(base.resolve("runs/first"));
    for (String yaml :
        List.of(
            "imagenet",
            "run:runs/first",
            "{url: 'https://x.org/w', sha256: " + "a".repeat(64) + "}")) {
      WeightsSource first = weights(yaml);
      String resolved = loader.load(file, List.of()).yaml();
      Files.writeString(file, resolved);
      assertEquals(first, loader.load(file, List.of()).recipe().backbones().get(0).weights());
    }
  }

  @Test
  void refusesWeightsThatNameNothing() {
    String start = "data: {folder: x}\nbackbones:\n  - {name: resnet18, weights: ";
    String place = "conf/x.yaml:3: backbones[0].weights";
    refuses(
        start + "'https://x.org/w.pth'}",
        place
            + " = \"https://x.org/w.pth\" needs a checksum: weights: {url: https://x.org/w.pth,"
            + " sha256: ...}");
    refuses(start + "{url: 'https://x.org/w.pth'}}", place + ".sha256 is missing");
    refuses(
        start + "{url: 'ftp://x.org/w.pth', sha256: " + "a".repeat(64) + "}}",
        place + ".url = \"ftp://x.org/w.pth\" must begin with https:// and name a host");
    refuses(
        start + "{url: 'https://x.org/w', sha256: abc}}",
        place + ".sha256 = \"abc\" must be 64 hexadecimal digits");
    refuses(start + "{}}", place + ".file is missing");
    refuses(
        start + "'run:runs/gone'}",
        place
            + " = \"run:runs/gone\" is no run directory (looked at "
            + base.resolve("runs/gone")
            + ")");
  }

  @Test
  void saysWhichValueIsMissing() {
    String rest = "\nbackbones: [{name: resnet18, weights: ~}]";
    refuses(
        "data: {folder: ~}" + rest,
        "conf/x.yaml:1: data.folder has no value",
        "conf/x.yaml:2: backbones[0].weights has no value");
    refuses(
        "data: {folder: ''}\nbackbones: []",
        "conf/x.yaml:1: data.folder has no value",
        "conf/x.yaml:2: backbones must be a list of at least one item");
    refuses(
        "# nothing",
        "conf/x.yaml: data.folder is missing",
        "conf/x.yaml: backbones is missing; expected a list of at least one item");
    refuses(
        "data: {folder: [a]}\nbackbones: [{weights: none}]",
        "conf/x.yaml:1: data.folder (a list) must be a single value",
        "conf/x.yaml:2: backbones[0].name is missing");
    refuses(
        "data: {folder: \"a\\0b\"}\nbackbones: [{name: resnet18, weights: none}]",
        "conf/x.yaml:1: data.folder = \"a\0b\" is no path: Nul character not allowed");
  }

  @Test
  void theCommandLineOverrulesTheFile() throws IOException {
    Path weights = Files.writeString(caller.resolve("mine.safetensors"), "");
    String text = LEAST + "training: {decay: none}\n";
    Recipe recipe =
        load(
            text,
            "training.epochs=3",
            "training.decay.factor=0.5",
            "backbones[0].weights=mine.safetensors",
            "backbones[0].cut=layer2",
            "data.folder=there",
            "data.validation={fraction: 0.2}");
    assertEquals(3, recipe.training().epochs());
    assertEquals(Optional.of(new Decay.Step(0.5, 10)), recipe.training().decay());
    assertEquals(file(weights), recipe.backbones().get(0).weights());
    assertEquals(Optional.of("layer2"), recipe.backbones().get(0).cut());
    assertEquals(caller.resolve("there"), recipe.data().folder());
    assertEquals(
        Optional.of(new Validation(new HoldOutRule.Share(0.2), "patient")),
        recipe.data().validation());
    assertEquals(base.resolve("images"), load(LEAST).data().folder());
  }

  @Test
  void theCommandLineCanTakeThingsAway() throws IOException {
    Files.writeString(base.resolve("w.safetensors"), "");
    Recipe recipe = load(WHOLE, "data.validation=none", "backbones[2].cut=none");
    assertEquals(Optional.empty(), recipe.data().validation());
    assertEquals(Optional.empty(), recipe.backbones().get(2).cut());
  }

  @Test
  void reportsWhatIsWrongOnTheCommandLineTogetherWithTheRest() {
    List<String> problems =
        problems(
            LEAST + "seed: -1",
            "backbones[3].name=resnet18",
            "epochs",
            "training..epochs=1",
            "training.epoch=3",
            "data.imageSize=",
            "data.folder=",
            "monitor.ui=1",
            "monitor.host=[",
            "backbones[0]=resnet18",
            "fusion={embedding: wide}");
    assertEquals(
        List.of(
            "--set backbones[3].name=resnet18: there is no item 3; the list has 1, counted from 0",
            "--set epochs: expected --set key=value, as in training.epochs=3",
            "--set training..epochs=1: no such place; expected a dotted path with list items as in"
                + " backbones[0].name",
            "conf/x.yaml:4: seed = -1 must be a whole number from 0 on",
            "--set data.folder=: data.folder has no value",
            "--set backbones[0]=resnet18: backbones[0] must be a mapping of keys",
            "--set fusion={embedding: wide}: fusion.embedding = \"wide\" must be a whole number from"
                + " 1 to 65536",
            "--set training.epoch=3: training.epoch is an unknown key; known here: epochs,"
                + " batchSize, learningRate, warmupEpochs, decay, stageDecay, probeEpochs,"
                + " classWeights, sampling, weightDecay, dropout, labelSmoothing, mixup, clipNorm,"
                + " averageDecay, earlyStopping; did you mean epochs?",
            "--set monitor.ui=1: monitor.ui = 1 must be true or false"),
        problems);
  }

  @Test
  void readsNumbersAsYamlDoes() {
    assertEquals(10, load(LEAST + "seed: 010").seed());
    assertEquals(8, load(LEAST + "seed: 0o10").seed());
    assertEquals(16, load(LEAST + "seed: 0x10").seed());
    refuses(
        LEAST + "seed: 99999999999999999999",
        "conf/x.yaml:4: seed = \"99999999999999999999\" must be a whole number from 0 on");
    refuses(
        LEAST + "augmentation: {crop: .nan, rotateDegrees: .inf}",
        "conf/x.yaml:4: augmentation.crop = \".nan\" must be a number above 0, at most 1",
        "conf/x.yaml:4: augmentation.rotateDegrees = \".inf\" must be a number from 0 to 180");
    refuses(
        LEAST + "augmentation: {policy: xrays, blur: 2, jpegQuality: 0}",
        "conf/x.yaml:4: augmentation.policy = \"xrays\" is unknown; known: none, xray; did you mean"
            + " xray?",
        "conf/x.yaml:4: augmentation.blur = 2 must be a number from 0 to 0.1",
        "conf/x.yaml:4: augmentation.jpegQuality = 0 must be a whole number from 1 to 100");
    assertEquals("007", load(LEAST, "data.positiveClass=007").data().positiveClass().orElseThrow());
    assertEquals("1e3", load(LEAST, "data.positiveClass=1e3").data().positiveClass().orElseThrow());
  }

  @Test
  void saysWhatIsNoRecipe() throws IOException {
    assertEquals(
        "absent.yaml: no such file; expected a recipe such as conf/quickstart.yaml",
        problem(Path.of("absent.yaml")));
    assertEquals(
        "conf: is a folder; expected a recipe such as conf/quickstart.yaml",
        problem(home.resolve("conf")));
    refuses("- a", "conf/x.yaml: must be a mapping of keys such as data, backbones, training");
    refuses(
        "a: [", "conf/x.yaml:1: is not YAML: expected the node content, but found '<stream end>'");
    refuses(
        "a: 1\n\tb: 2",
        "conf/x.yaml:2: is not YAML: found character '\\t(TAB)' that cannot"
            + " start any token. (Do not use \\t(TAB) for indentation)");
    Files.write(file, new byte[] {'a', ':', ' ', (byte) 0xff});
    assertEquals("conf/x.yaml: is not UTF-8 text, which a recipe must be", problem(file));
  }

  @Test
  void takesAFileFromTheCallersFolder() throws IOException {
    Files.writeString(caller.resolve("mine.yaml"), LEAST);
    Recipe recipe = loader.load(Path.of("mine.yaml"), List.of()).recipe();
    assertEquals(caller.resolve("images"), recipe.data().folder());
  }

  @Test
  void aRelativePathInARecipeStartsFromTheRecipesFolder() throws IOException {
    assertEquals(base.resolve("images"), load(LEAST).data().folder());
    assertEquals(
        home.resolve("images"), load(LEAST.replace("images", "../images")).data().folder());
    assertEquals(caller.resolve("mine"), load(LEAST, "data.folder=mine").data().folder());
  }

  @Test
  void aTildeIsTheHome() {
    Path user = Path.of(System.getProperty("user.home"));
    assertEquals(user.resolve("x"), load(LEAST.replace("images", "~/x")).data().folder());
    assertEquals(user, load(LEAST, "data.folder=~").data().folder());
    assertEquals(
        List.of(
            "--set data.folder=~other/x: data.folder = \"~other/x\" is no path: only ~ alone stands"
                + " for a home; write the path in full"),
        problems(LEAST, "data.folder=~other/x"));
  }

  @Test
  void dotsAfterALinkLeadToWhereTheSystemSeesThem() throws IOException {
    Path target = Files.createDirectories(temporary.resolve("disk/scans/2020"));
    Files.createSymbolicLink(base.resolve("link"), target);
    assertEquals(
        target.toRealPath().getParent().resolve("2021"),
        load(LEAST.replace("images", "link/../2021")).data().folder());
  }

  @Test
  void aTextOfTheCommandLineIsTakenToTheLetter() {
    for (String folder :
        List.of(
            "ct #2",
            "Study: A",
            "*x",
            "&x",
            "!x",
            "%x",
            "@x",
            "'x'",
            "[2020] scans",
            "{a}",
            "a\\b")) {
      assertEquals(
          caller.resolve(folder), load(LEAST, "data.folder=" + folder).data().folder(), folder);
    }
    for (String name : List.of("NO", "null", "2020", "1e3", "a=b", "true", " x", "[a, b]")) {
      assertEquals(
          name, load(LEAST, "data.positiveClass=" + name).data().positiveClass().orElseThrow());
    }
  }

  @Test
  void aTextIsAListOrAMappingWhereTheKeyIs() {
    Recipe recipe =
        load(
            LEAST,
            "backbones=[{name: resnet18, weights: none}, {name: resnet50, weights: none}]",
            "backbones[1].cut=layer3",
            "training.decay=null",
            "training={epochs: 3, decay: none}",
            "training.batchSize=7");
    assertEquals("resnet50", recipe.backbones().get(1).name());
    assertEquals(Optional.of("layer3"), recipe.backbones().get(1).cut());
    assertEquals(3, recipe.training().epochs());
    assertEquals(7, recipe.training().batchSize());
  }

  @Test
  void quotesWhatOlderYamlWouldTakeForAnotherType() {
    for (String name : List.of("NO", "y", "On", "007", "1e3", "~", "0o7", "12:30")) {
      String yaml = loader.load(write(LEAST), List.of("data.positiveClass=" + name)).yaml();
      assertTrue(yaml.contains("positiveClass: '" + name + "'"), yaml);
    }
  }

  @Test
  void drawsPhantomsOnlyIntoTheFolderThatTheRecipeNames() {
    String text = LEAST.replace("images", "images, generate: phantom");
    assertTrue(load(text).data().generatePhantom());
    assertTrue(!load(text, "data.folder=mine").data().generatePhantom());
  }

  @Test
  void saysHowToWriteABackslash() {
    refuses(
        "data: {folder: x, validation: {groupBy: \"^(\\d+)_\"}}",
        "conf/x.yaml:1: is not YAML: found unknown escape character d(100); in double quotes write"
            + " \\\\ for each \\, or take single quotes, as in groupBy: '^(\\d+)_'");
  }

  @Test
  void anAttributeMayDecideWhoIsHeldOut() {
    String data = "data: {folder: x, attributes: known.csv, %s}\n";
    String backbones = "backbones: [{name: resnet18, weights: none}]\n";
    Recipe recipe =
        load(
            data.formatted("validation: {where: 'day = a=b', groupBy: (.+)}, test: {where: c=2}")
                + backbones);
    assertEquals(
        Optional.of(new Validation(new HoldOutRule.Where("day", "a=b"), "(.+)")),
        recipe.data().validation());
    assertEquals(Optional.of(new HoldOutRule.Where("c", "2")), recipe.data().test());
    String folds = data.formatted("test: {where: c=2}") + backbones + "evaluation: {folds: c}";
    assertEquals(Optional.of(new FoldRule.Values("c")), load(folds).evaluation().folds());
    assertEquals(
        Optional.of(new FoldRule.Count(4)), load(folds, "evaluation.folds=4").evaluation().folds());
    String resolved = loader.load(write(folds), List.of()).yaml();
    assertEquals(load(folds), load(resolved));
  }

  @Test
  void aServerHasAnAddressWithoutAPassword() {
    String start = "data: {folder: x}\nbackbones: [{name: resnet18, weights: none}]\n";
    assertEquals(
        Optional.of(URI.create("https://mlflow.example:5000/base")),
        load(start + "monitor: {mlflow: 'https://mlflow.example:5000/base'}").monitor().mlflow());
    assertEquals(Optional.empty(), load(start + "monitor: {mlflow: none}").monitor().mlflow());
    for (String wrong :
        List.of("mlflow.example:5000", "file:./mlruns", "http://a b", "databricks")) {
      refuses(
          start + "monitor: {mlflow: '" + wrong + "'}",
          "conf/x.yaml:3: monitor.mlflow = \""
              + wrong
              + "\" must be a server's address, as in http://127.0.0.1:5000");
    }
    refuses(
        start + "monitor: {mlflow: 'http://me:secret@127.0.0.1'}",
        "conf/x.yaml:3: monitor.mlflow must not hold a name or password; MLFLOW_TRACKING_USERNAME and"
            + " MLFLOW_TRACKING_PASSWORD of the environment do");
  }

  @Test
  void whatAnAttributeCannotDecideIsRefused() {
    String backbones = "backbones: [{name: resnet18, weights: none}]\n";
    String given = "data: {folder: x, attributes: known.csv, validation: {%s}}\n" + backbones;
    refuses(
        given.formatted("where: c=2, fraction: 0.1"),
        "conf/x.yaml:1: data.validation.fraction stands beside where, which says who is held out;"
            + " remove one");
    refuses(
        given.formatted("where: c"),
        "conf/x.yaml:1: data.validation.where = \"c\" must be ATTRIBUTE=VALUE, as in cluster=2");
    refuses(
        given.formatted("where: c=2") + "evaluation: {folds: 3}",
        "conf/x.yaml:3: evaluation has folds, which take the place of data.validation.where; remove"
            + " one of them");
    String none = "data: {folder: x%s}\n" + backbones;
    refuses(
        none.formatted("") + "evaluation: {folds: hospital}",
        "conf/x.yaml:1: data tells no attributes, by which evaluation.folds makes folds; give"
            + " data.attributes, such as a .csv file, or a table of images as data.folder");
    refuses(
        none.formatted(", test: {where: c=2}"),
        "conf/x.yaml:1: data tells no attributes, by which where holds out patients; give"
            + " data.attributes, such as a .csv file, or a table of images as data.folder");
    refuses(
        given.formatted("") + "evaluation: {folds: 2.5}",
        "conf/x.yaml:3: evaluation.folds = 2.5 must be a whole number from 2 to 20");
  }

  @Test
  void unfoldsAliases() {
    Recipe recipe =
        load(
            """
            data: {folder: images}
            backbones:
              - &first {name: resnet18, weights: none}
              - *first
            """,
            "backbones[1].name=resnet50");
    assertEquals("resnet18", recipe.backbones().get(0).name());
    assertEquals("resnet50", recipe.backbones().get(1).name());
  }

  @Test
  void refusesYamlThatNoRecipeNeeds() {
    assertTrue(
        problems(LEAST + "? [a]: b")
            .contains("conf/x.yaml:4: a list or a mapping stands where a key was expected"));
    refuses("data: &a [*a]", "conf/x.yaml:1: an alias stands inside what it names");
    refuses("data: &a {folder: *a}", "conf/x.yaml:1: an alias stands inside what it names");
    StringBuilder bomb = new StringBuilder("a0: &a0 [1, 1]\n");
    for (int i = 1; i < 20; i++) {
      String last = "*a" + (i - 1);
      bomb.append("a" + i + ": &a" + i + " [" + last + ", " + last + "]\n");
    }
    refuses(
        bomb.toString(), "conf/x.yaml: unfolds to more than 10000 values; are its aliases nested?");
    refuses(
        "a: " + "[".repeat(100_000) + "]".repeat(100_000),
        "conf/x.yaml: is nested too deeply to be a recipe");
  }

  private Recipe load(String text, String... assignments) {
    return loader.load(write(text), List.of(assignments)).recipe();
  }

  private void refuses(String text, String... expected) {
    assertEquals(List.of(expected), problems(text));
  }

  private List<String> problems(String text, String... assignments) {
    return assertThrows(ConfigException.class, () -> load(text, assignments))
        .getMessage()
        .lines()
        .toList();
  }

  private String problem(Path recipe) {
    return assertThrows(ConfigException.class, () -> loader.load(recipe, List.of())).getMessage();
  }

  private Path write(String text) {
    try {
      return Files.writeString(file, text, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void thresholdIsANumberAWordOrARule() {
    assertEquals(new ThresholdRule.Fixed(0.3), threshold("0.3"));
    assertEquals(new ThresholdRule.Youden(), threshold("youden"));
    assertEquals(new ThresholdRule.Sensitivity(0.95), threshold("{sensitivity: 0.95}"));
    assertEquals(new ThresholdRule.Specificity(0.9), threshold("{specificity: 0.9}"));
    assertEquals(new ThresholdRule.Cost(1, 5), threshold("{cost: [1, 5]}"));
    for (String wrong :
        List.of("2", "yuden", "{sensitivity: 0.9, specificity: 0.9}", "{}", "{cost: [1]}")) {
      ConfigException failure = assertThrows(ConfigException.class, () -> threshold(wrong));
      assertTrue(failure.getMessage().contains("evaluation.threshold"), failure.getMessage());
    }
  }

  /** As read, and as read again from the resolved recipe. */
  private ThresholdRule threshold(String text) {
    String assignment = "evaluation.threshold=" + text;
    ThresholdRule rule = load(LEAST, assignment).evaluation().threshold();
    String resolved = loader.load(write(LEAST), List.of(assignment)).yaml();
    assertEquals(rule, loader.load(write(resolved), List.of()).recipe().evaluation().threshold());
    return rule;
  }
}
