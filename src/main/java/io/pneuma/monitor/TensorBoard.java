package io.pneuma.monitor;

import io.pneuma.monitor.EventFile.Event;
import io.pneuma.run.Follower;
import io.pneuma.run.History.Epoch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.nd4j.shade.protobuf.ByteString;
import org.tensorflow.framework.DataType;
import org.tensorflow.framework.Summary;
import org.tensorflow.framework.SummaryMetadata;
import org.tensorflow.framework.SummaryMetadata.PluginData;
import org.tensorflow.framework.TensorProto;
import org.tensorflow.framework.TensorShapeProto;

/**
 * Writes what TensorBoard shows of a run: the recipe as text, a point of each curve for each epoch,
 * and what was measured at the end. A run that goes on continues the file of before, without what
 * came after the epoch that it goes on from.
 */
public final class TensorBoard implements Follower, AutoCloseable {
  private static final String NAME = "events.out.tfevents.";
  private static final String RECIPE = "recipe";

  private final Path folder;
  private final Map<String, String> recipe;
  private final Consumer<String> warn;
  private EventFile file; // Null before training begins.
  private long epochs;
  private boolean failed;

  /**
   * The events of a run.
   *
   * @param folder takes the event file, beside no other
   * @param recipe values by their dotted keys
   * @param warn takes a line should the file not be written, which ends the following alone
   */
  public TensorBoard(Path folder, Map<String, String> recipe, Consumer<String> warn) {
    this.folder = folder;
    this.recipe = recipe;
    this.warn = warn;
  }

  @Override
  public void begins(List<Epoch> before) {
    guarded(
        () -> {
          Files.createDirectories(folder);
          file = EventFile.open(path());
          goOn(before.size());
          for (Epoch epoch : before.subList((int) epochs, before.size())) {
            add(epoch);
          }
        });
  }

  private Path path() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      Optional<Path> before =
          files.filter(file -> file.getFileName().toString().startsWith(NAME)).sorted().findFirst();
      return before.orElse(folder.resolve(NAME + System.currentTimeMillis() / 1000 + ".pneuma"));
    }
  }

  /** Keeps the version, the recipe and the epochs before, and cuts off what comes after them. */
  private void goOn(int before) throws IOException {
    long kept = 0;
    Optional<Event> event = file.read();
    for (int read = 0; event.isPresent(); read++) {
      boolean preface = read < 2 && event.get().step() == 0;
      boolean next =
          event.get().step() == epochs + 1
              && epochs < before
              && event.get().summary().getValueList().stream()
                  .noneMatch(value -> value.getTag().startsWith(Scalars.FINAL));
      if (!preface && !next) {
        break;
      }
      epochs += next ? 1 : 0;
      kept = file.position();
      event = file.read();
    }
    if (epochs == 0) {
      file.cut(0);
      file.writeVersion();
      file.write(0, Summary.newBuilder().addValue(text()).build());
    } else {
      file.cut(kept);
    }
  }

  private Summary.Value text() {
    String table =
        ShownRecipe.of(recipe).entrySet().stream()
            .map(value -> "    " + value.getKey() + ": " + value.getValue())
            .collect(Collectors.joining("\n"));
    return Summary.Value.newBuilder()
        .setTag(RECIPE)
        .setMetadata(
            SummaryMetadata.newBuilder()
                .setPluginData(PluginData.newBuilder().setPluginName("text")))
        .setTensor(
            TensorProto.newBuilder()
                .setDtype(DataType.DT_STRING)
                .setTensorShape(TensorShapeProto.getDefaultInstance())
                .addStringVal(ByteString.copyFromUtf8(table)))
        .build();
  }

  @Override
  public void ended(Epoch epoch) {
    guarded(() -> add(epoch));
  }

  private void add(Epoch epoch) throws IOException {
    file.write(epoch.epoch(), summary(Scalars.of(epoch)));
    epochs = epoch.epoch();
  }

  @Override
  public void measured(Map<String, Double> scores) {
    guarded(() -> file.write(epochs, summary(Scalars.ofEnd(scores))));
  }

  private static Summary summary(Map<String, Double> scalars) {
    Summary.Builder summary = Summary.newBuilder();
    scalars.forEach(
        (tag, value) ->
            summary.addValue(
                Summary.Value.newBuilder().setTag(tag).setSimpleValue(value.floatValue())));
    return summary.build();
  }

  /** What may fail by the disk. */
  private interface Writing {
    void run() throws IOException;
  }

  private void guarded(Writing writing) {
    if (failed) {
      return;
    }
    try {
      writing.run();
    } catch (IOException e) {
      failed = true;
      warn.accept(folder + ": TensorBoard's events are not written any more: " + e.getMessage());
    }
  }

  @Override
  public void close() {
    if (file != null) {
      guarded(file::close);
    }
  }
}
