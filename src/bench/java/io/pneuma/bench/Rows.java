package io.pneuma.bench;

import io.pneuma.bench.Parts.Part;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** All rows, and how their sides are started. */
final class Rows {
  private static final String ONNX = "ONNX Runtime";
  private static final String LIBTORCH = "libtorch";
  private static final String PYTORCH = "PyTorch";

  /** The paper's frozen protocol on the images of Kermany et al. */
  private static final int IMAGES = 5216;

  private static final int VIEWS = 4;
  private static final int EPOCHS = 30;
  private static final int STEPS = EPOCHS * (IMAGES / Recipes.HEAD_BATCH);

  private final Path home;
  private final Path folder;
  private final Models models;
  private final double turnSeconds;

  /**
   * The rows for a machine.
   *
   * @param home the project's root
   * @param folder takes what the benchmark makes
   * @param turnSeconds what a turn should take at least
   */
  Rows(Path home, Path folder, double turnSeconds) {
    this.home = home;
    this.folder = folder;
    this.turnSeconds = turnSeconds;
    this.models = Models.of(home, folder);
  }

  /** In the order in which they are measured. */
  List<Row> all() {
    List<Row> rows = new ArrayList<>();
    for (String network :
        List.of("resnet18", "densenet121", "resnet152", "trio", "efficientnet_b0", "vit_b_16")) {
      rows.add(features(network));
    }
    for (String network : List.of("resnet18", "resnet50", "efficientnet_b0", "convnext_tiny")) {
      rows.add(fineTuning(network));
    }
    for (String attention : List.of("se", "eca", "self")) {
      rows.add(head(attention));
    }
    rows.add(decode());
    rows.add(protocol());
    rows.add(coldStart());
    return rows;
  }

  private Row features(String network) {
    return new Row(
        "features." + network,
        Unit.IMAGES_PER_SECOND,
        List.of(1e-3),
        features("pneuma", network),
        peers(ONNX, features("onnx", network), LIBTORCH, features("torch", network)));
  }

  private Side features(String side, String network) {
    return () -> {
      models.features(network);
      return java(side + ".features", network, models.folder().toString());
    };
  }

  private Row fineTuning(String network) {
    Side libtorch = () -> java("torch.step", "finetune", network, models.folder().toString());
    return new Row(
        "finetune." + network,
        Unit.MILLISECONDS_PER_STEP,
        List.of(1e-2),
        () -> {
          models.fineTuning(network);
          return java("pneuma.finetune", network, models.folder().toString());
        },
        network.equals("convnext_tiny") // Of which one step takes minutes there.
            ? peers(LIBTORCH, libtorch)
            : peers(
                LIBTORCH,
                libtorch,
                PYTORCH,
                () -> python("finetune", network, models.folder().toString())));
  }

  private Row head(String attention) {
    return new Row(
        "head." + attention,
        Unit.MILLISECONDS_PER_STEP,
        List.of(1e-2),
        head("pneuma", attention),
        peers(LIBTORCH, head("torch", attention)));
  }

  private Side head(String side, String attention) {
    return side.equals("pneuma")
        ? () -> java("pneuma.head", attention)
        : () -> {
          models.head(attention);
          return java("torch.step", "head", attention, models.folder().toString());
        };
  }

  private Row decode() {
    return new Row(
        "decode",
        Unit.IMAGES_PER_SECOND,
        List.of(0.02),
        decode("pneuma"),
        peers("torchvision", decode("torchvision")));
  }

  private Side decode(String side) {
    return () -> {
      String jpegs = Radiographs.jpegs(folder).toString();
      return side.equals("pneuma") ? java("pneuma.decode", jpegs) : python("decode", jpegs);
    };
  }

  private Row protocol() {
    double forward = (double) EPOCHS * IMAGES;
    Side bank =
        () ->
            java(
                "pneuma.bank",
                models.folder().toString(),
                Radiographs.jpegs(folder).toString(),
                folder.resolve("bank").toString());
    return new Row(
        "protocol",
        Unit.SECONDS,
        List.of(0.02, 1e-3, 1e-2),
        () ->
            new Parts(
                List.of(
                    new Part("decode", decode("pneuma"), VIEWS * IMAGES),
                    new Part("features", features("pneuma", "trio"), VIEWS * IMAGES),
                    new Part("head", head("pneuma", "se"), STEPS),
                    new Part("read back", bank, forward))),
        peers(
            LIBTORCH,
            () ->
                new Parts(
                    List.of(
                        new Part("decode", decode("torchvision"), forward),
                        new Part("features", features("torch", "trio"), forward),
                        new Part("head", head("torch", "se"), STEPS)))));
  }

  private Row coldStart() {
    ColdStart coldStart = new ColdStart(home, folder, models);
    return new Row(
        "coldstart",
        Unit.SECONDS,
        List.of(2e-3),
        coldStart::pneuma,
        peers(PYTORCH, coldStart::peer));
  }

  private static Map<String, Side> peers(String name, Side side) {
    return Map.of(name, side);
  }

  private static Map<String, Side> peers(String name, Side side, String other, Side otherSide) {
    Map<String, Side> peers = new LinkedHashMap<>();
    peers.put(name, side);
    peers.put(other, otherSide);
    return peers;
  }

  private Contestant java(String task, String... arguments) throws IOException {
    return new Child(Java.worker(folder, task, arguments), log(task, arguments), turnSeconds);
  }

  private Contestant python(String task, String... arguments) throws IOException {
    String[] all = new String[arguments.length + 1];
    all[0] = task;
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    return new Child(models.command("side.py", all), log("python." + task, arguments), turnSeconds);
  }

  private Path log(String task, String... arguments) {
    String first = Path.of(arguments[0]).getFileName().toString();
    return folder.resolve("logs").resolve(task + "-" + first + ".log");
  }
}
