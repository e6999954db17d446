package io.pneuma.config;

import java.io.Serializable;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.regex.Pattern;

/**
 * A whole training recipe, as its YAML file reads.
 *
 * @param seed seed of every random choice: split, order, augmentation, initialisation
 * @param backbones the feature extractors, in the order in which they are concatenated
 * @param evaluation what is chosen on validation once the network is trained
 */
public record Recipe(
    long seed,
    Data data,
    Augmentation augmentation,
    List<BackboneSpec> backbones,
    Fusion fusion,
    Training training,
    Evaluation evaluation,
    Monitor monitor) {

  /**
   * Where the images are and how they are split.
   *
   * @param folder {@code train|val|test/CLASS/image} or {@code CLASS/image}; or a file that stands
   *     for one: a table of images, an archive
   * @param imageSize side of the square that every image is resized to, in pixels
   * @param validation how validation patients are held out; empty: {@code val/} as it is
   * @param test which patients are held out as the test split when the folder has no {@code test/};
   *     empty for none
   * @param positiveClass the class that is set against the rest; empty for {@value #PNEUMONIA} of
   *     two classes and for none of more, which then count alike
   * @param generatePhantom draw phantom radiographs into the folder when it does not exist
   * @param attributes where subgroups of the images are told; empty for none
   */
  public record Data(
      Path folder,
      int imageSize,
      Optional<Validation> validation,
      Optional<HoldOutRule> test,
      OnBadImage onBadImage,
      Optional<String> positiveClass,
      boolean generatePhantom,
      Optional<AttributeSource> attributes,
      DicomRule dicom) {

    /**
     * Whether the images stand in a table: a name that ends in .csv is a table's, or a folder's.
     */
    public static boolean isTable(Path folder) {
      return folder.getFileName() != null
          && folder.getFileName().toString().toLowerCase(Locale.ROOT).endsWith(".csv")
          && !Files.isDirectory(folder);
    }

    /** The folder that the images' paths start from: the folder itself, or that of the table. */
    public Path root() {
      return isTable(folder) ? folder.getParent() : folder;
    }

    private Data with(Path otherFolder, DicomRule otherDicom) {
      return new Data(
          otherFolder,
          imageSize,
          validation,
          test,
          onBadImage,
          positiveClass,
          generatePhantom,
          attributes,
          otherDicom);
    }

    /** The rule that tells one patient's images from another's. */
    public String groupBy() {
      return validation.map(Validation::groupBy).orElse(PATIENT);
    }
  }

  /**
   * Which images in DICOM are taken. Nothing else depends on it: what is taken gives the same
   * pixels.
   *
   * @param anyImage also what is no projection chest X-ray
   * @param firstFrame of several frames the first, rather than none
   */
  public record DicomRule(boolean anyImage, boolean firstFrame) implements Serializable {
    /** Projection chest X-rays of one frame. */
    public static final DicomRule STRICT = new DicomRule(false, false);

    /** How to take any image, for messages. */
    public static final String ANY_IMAGE = "data.dicom.accept: any (or --any-dicom)";

    /** How to take the first frame, for messages. */
    public static final String FIRST_FRAME = "data.dicom.frames: first (or --first-frame)";
  }

  /** Where the attributes of images stand, such as the patient's sex or the projection. */
  public sealed interface AttributeSource {
    /** A table: a column {@code file}, then a column for each attribute. */
    record Table(Path file) implements AttributeSource {}

    /** The files' names, by a regular expression whose named groups are the attributes. */
    record Names(String pattern) implements AttributeSource {
      private static final Pattern GROUP = Pattern.compile("\\(\\?<([a-zA-Z][a-zA-Z0-9]*)>");

      /** The names of the groups. */
      public List<String> attributes() {
        return GROUP.matcher(pattern).results().map(group -> group.group(1)).toList();
      }
    }
  }

  /** The positive one of two classes where the recipe names none. */
  public static final String PNEUMONIA = "PNEUMONIA";

  /** The word that stands for nothing, wherever nothing can be chosen. */
  static final String NONE = "none";

  /** The built-in patient rule, made for the names of the Kermany data set. */
  public static final String PATIENT = "patient";

  /**
   * How validation patients are held out of the training images.
   *
   * @param groupBy {@value #PATIENT}, or a regular expression whose first group is the patient
   */
  public record Validation(HoldOutRule heldOut, String groupBy) {}

  /** Which patients are held out; in the words of the recipe. */
  public sealed interface HoldOutRule {
    /** A share of the patients of each class. */
    record Share(double fraction) implements HoldOutRule {}

    /** All patients of whom an attribute has this value. */
    record Where(String attribute, String value) implements HoldOutRule {
      @Override
      public String toString() {
        return attribute + "=" + value;
      }
    }
  }

  /** What the folds of a cross-validation are; in the words of the recipe. */
  public sealed interface FoldRule {
    /** As many folds, each with its share of the patients of each class. */
    record Count(int folds) implements FoldRule {}

    /** One for each value of an attribute, with all patients of that value. */
    record Values(String attribute) implements FoldRule {}
  }

  /** What to do with an image that cannot be read. */
  public enum OnBadImage {
    FAIL,
    SKIP
  }

  /**
   * Random changes to each training image.
   *
   * @param crop least side of the random crop, as a share of the image's side; 1 for none
   * @param rotateDegrees largest rotation to either side
   * @param flipHorizontal probability of a horizontal flip
   * @param views augmented views of a training image in the feature bank
   * @param variation what else differs from one radiography unit to another
   */
  public record Augmentation(
      double crop, double rotateDegrees, double flipHorizontal, int views, Variation variation)
      implements Serializable {
    /** The paper's, of a single unit. */
    public Augmentation(double crop, double rotateDegrees, double flipHorizontal, int views) {
      this(crop, rotateDegrees, flipHorizontal, views, Variation.NONE);
    }

    /** True when every view of an image would be the image itself. */
    public boolean isIdentity() {
      return crop == 1
          && rotateDegrees == 0
          && flipHorizontal == 0
          && variation.equals(Variation.NONE);
    }
  }

  /**
   * One feature extractor.
   *
   * @param weights where its parameters come from
   * @param freeze {@value #FREEZE_ALL}, {@value #FREEZE_NONE}, or the last frozen stage
   * @param cut the stage after which the backbone ends; empty for its last
   */
  public record BackboneSpec(
      String name, WeightsSource weights, String freeze, Optional<String> cut) {
    public static final String FREEZE_ALL = "all";
    public static final String FREEZE_NONE = "none";

    /** True when its parameters are random to begin with. */
    public boolean isRandom() {
      return weights instanceof WeightsSource.None;
    }

    /** The same with its weights from elsewhere. */
    public BackboneSpec with(WeightsSource source) {
      return new BackboneSpec(name, source, freeze, cut);
    }

    /** True when no parameter of this backbone learns, so that its features can be stored. */
    public boolean isFrozen() {
      return freeze.equals(FREEZE_ALL);
    }
  }

  /**
   * How the features of the backbones are joined.
   *
   * @param onMaps joins feature maps and averages over positions at the end, instead of before
   * @param embedding width that each backbone's features are mapped to; empty: as they are
   * @param attention what reweights the fused features
   */
  public record Fusion(boolean onMaps, Optional<Integer> embedding, AttentionSpec attention) {}

  /**
   * What reweights the fused features.
   *
   * @param type name in the attention registry
   * @param reduction squeeze-and-excitation's channel reduction
   * @param heads self-attention's number of heads
   */
  public record AttentionSpec(String type, int reduction, int heads) {}

  /** Which training images an epoch shows. */
  public enum Sampling {
    /** Each of them once. */
    NONE,
    /** As many of each class. */
    BALANCED,
    /**
     * As many of each class, those more often whose class size, file, border and letters alone do
     * not tell.
     */
    PROPENSITY;

    /** The word of the recipe. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * How the network is trained.
   *
   * @param learningRate Adam's, at its highest
   * @param warmupEpochs during which the learning rate rises to that
   * @param decay empty for a learning rate that stays there
   * @param stageDecay what the learning rate is multiplied by for each stage of a backbone further
   *     from its end
   * @param probeEpochs of the head alone, before backbones learn
   * @param balancedClasses weight each class by the inverse of its share
   * @param sampling which images an epoch shows
   * @param earlyStopping empty to train all epochs
   */
  public record Training(
      int epochs,
      int batchSize,
      double learningRate,
      int warmupEpochs,
      Optional<Decay> decay,
      double stageDecay,
      int probeEpochs,
      boolean balancedClasses,
      Sampling sampling,
      Regularization regularization,
      Optional<EarlyStopping> earlyStopping) {

    /** Whether the learning rate of each epoch follows from the number of all of them. */
    public boolean plansRates() {
      return warmupEpochs > 0 || decay.filter(Decay.Cosine.class::isInstance).isPresent();
    }
  }

  /** How the learning rate changes after its warm-up. */
  public sealed interface Decay {
    /** It is multiplied by {@code factor} after every {@code everyEpochs} epochs. */
    record Step(double factor, int everyEpochs) implements Decay {}

    /** It follows half a period of the cosine to almost nothing in the last epoch. */
    record Cosine() implements Decay {}

    /**
     * It rises from step to step by equal factors, whatever the recipe's is. No file can say so:
     * the learning-rate range test trains by it.
     *
     * @param from the rate of the first step
     * @param to the rate of the last one
     */
    record Sweep(double from, double to, int steps) implements Decay {}
  }

  /**
   * What keeps the network from learning the training images by heart; 0 stands for none of it.
   *
   * @param weightDecay share of each weight that a step takes off, times the learning rate; biases
   *     and normalisations keep theirs
   * @param dropout probability with which each of the fused features is left out of a step
   * @param labelSmoothing share of each label that is spread over all classes
   * @param mixup the parameter of the beta distribution by which two examples are mixed
   * @param clipNorm the longest gradient, in the Euclidean norm over all parameters
   * @param averageDecay what the moving average of the parameters keeps of itself at a step
   */
  public record Regularization(
      double weightDecay,
      double dropout,
      double labelSmoothing,
      double mixup,
      double clipNorm,
      double averageDecay) {
    public static final Regularization NONE = new Regularization(0, 0, 0, 0, 0, 0);
  }

  /**
   * When training ends early.
   *
   * @param patience epochs without a better validation metric before training ends
   * @param metric field of the validation metrics that chooses the best epoch, or {@link
   *     #WORST_SHIFT}
   */
  public record EarlyStopping(int patience, String metric) {
    /**
     * The least ROC AUC on the validation images when they are changed as if they came from
     * elsewhere, in each of the ways of {@code evaluate --shifts} in its middle strength.
     */
    public static final String WORST_SHIFT = "worstShift";

    /** By which the epoch is chosen where a recipe does not say. */
    public static final String METRIC = "rocAuc";
  }

  /**
   * What is chosen on the validation split of a trained network and stored with it.
   *
   * @param threshold how the least probability of a positive answer is chosen
   * @param temperatureScaled divide the logits by a number that calibrates the probabilities
   * @param conformalCoverage chance with which a prediction set shall hold the true class; empty
   *     for no sets
   * @param folds of a cross-validation by patient; empty for the splits as they are
   * @param seeds trainings of each network, by as many seeds from the recipe's on
   */
  public record Evaluation(
      ThresholdRule threshold,
      boolean temperatureScaled,
      OptionalDouble conformalCoverage,
      Optional<FoldRule> folds,
      int seeds) {}

  /** How the least probability of a positive answer is chosen; in the words of the recipe. */
  public sealed interface ThresholdRule {
    /** What holds where the recipe says nothing. */
    ThresholdRule HALF = new Fixed(0.5);

    /** A given one. */
    record Fixed(double value) implements ThresholdRule {
      @Override
      public String toString() {
        return String.valueOf(value);
      }
    }

    /** The greatest sum of recall and specificity. */
    record Youden() implements ThresholdRule {
      @Override
      public String toString() {
        return "youden";
      }
    }

    /** The greatest specificity at which the recall is at least this. */
    record Sensitivity(double atLeast) implements ThresholdRule {
      @Override
      public String toString() {
        return "{sensitivity: " + atLeast + "}";
      }
    }

    /** The greatest recall at which the specificity is at least this. */
    record Specificity(double atLeast) implements ThresholdRule {
      @Override
      public String toString() {
        return "{specificity: " + atLeast + "}";
      }
    }

    /** The least cost of the errors. */
    record Cost(double falsePositive, double falseNegative) implements ThresholdRule {
      @Override
      public String toString() {
        return "{cost: [" + falsePositive + ", " + falseNegative + "]}";
      }
    }
  }

  /**
   * Where a training is to be seen.
   *
   * @param ui whether the training UI is shown
   * @param host where it listens
   * @param tensorboard whether TensorBoard's events are written
   * @param mlflow the MLflow server that it is sent to; empty for none
   */
  public record Monitor(
      boolean ui, String host, int port, boolean tensorboard, Optional<URI> mlflow) {}

  /** The same recipe with other backbones. */
  public Recipe with(List<BackboneSpec> others) {
    return new Recipe(seed, data, augmentation, others, fusion, training, evaluation, monitor);
  }

  /** The same recipe with its images elsewhere. */
  public Recipe at(Path folder) {
    return with(data.with(folder, data.dicom));
  }

  /** The same recipe with other images in DICOM. */
  public Recipe taking(DicomRule other) {
    return with(data.with(data.folder, other));
  }

  private Recipe with(Data other) {
    return new Recipe(seed, other, augmentation, backbones, fusion, training, evaluation, monitor);
  }

  /** The same recipe with another fusion. */
  public Recipe with(Fusion other) {
    return new Recipe(seed, data, augmentation, backbones, other, training, evaluation, monitor);
  }

  /** The same recipe with another seed. */
  public Recipe withSeed(long other) {
    return new Recipe(other, data, augmentation, backbones, fusion, training, evaluation, monitor);
  }

  /** The same recipe shown elsewhere. */
  Recipe with(Monitor other) {
    return new Recipe(seed, data, augmentation, backbones, fusion, training, evaluation, other);
  }

  /**
   * The recipe of a linear probe, with which this one begins: its head alone learns, for {@code
   * probeEpochs}.
   */
  public Recipe probe() {
    int epochs = training.probeEpochs();
    List<BackboneSpec> frozen =
        backbones.stream()
            .map(
                spec ->
                    new BackboneSpec(spec.name, spec.weights, BackboneSpec.FREEZE_ALL, spec.cut))
            .toList();
    Training head =
        new Training(
            epochs,
            training.batchSize,
            training.learningRate,
            0,
            Optional.empty(),
            1,
            0,
            training.balancedClasses,
            training.sampling,
            training.regularization,
            training.earlyStopping.map(stop -> new EarlyStopping(epochs, stop.metric)));
    return new Recipe(seed, data, augmentation, frozen, fusion, head, evaluation, monitor);
  }

  /** Whether epochs are chosen by the worst of shifted validation images. */
  public boolean choosesByShift() {
    return training
        .earlyStopping
        .filter(stopping -> stopping.metric.equals(EarlyStopping.WORST_SHIFT))
        .isPresent();
  }

  /**
   * The recipe of a learning-rate range test: all as in this one but the rates.
   *
   * @param epochs that its steps take
   */
  public Recipe sweep(Decay.Sweep rates, int epochs) {
    Training swept =
        new Training(
            epochs,
            training.batchSize,
            training.learningRate,
            0,
            Optional.of(rates),
            training.stageDecay,
            training.probeEpochs,
            training.balancedClasses,
            training.sampling,
            training.regularization,
            training.earlyStopping);
    return new Recipe(seed, data, augmentation, backbones, fusion, swept, evaluation, monitor);
  }

  /** True when no backbone learns, so that only the head need be trained. */
  public boolean allFrozen() {
    return backbones.stream().allMatch(BackboneSpec::isFrozen);
  }
}
