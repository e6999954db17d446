package io.pneuma.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Where a run comes from, so that it can be told from another and repeated.
 *
 * @param backend what computed it, as the backend reports itself
 * @param seed seed of every random choice
 * @param recipe the resolved recipe, in YAML, by which it can be told whether config.yaml was
 *     edited
 * @param dataSha256 hash over the images, their classes and their splits
 * @param weights backbone to the sha256 of its weights file, or {@value #NO_WEIGHTS}
 * @param commit git commit of the project; null when unknown
 * @param finished null while the run goes on
 * @param warnings what the user was warned of
 * @param adapted how it was made of another run; null of a run that was trained
 */
public record Manifest(
    Versions versions,
    Map<String, Object> backend,
    long seed,
    String recipe,
    String dataSha256,
    Map<String, String> weights,
    String commit,
    Instant started,
    Instant finished,
    List<String> warnings,
    Status status,
    @JsonInclude(Include.NON_NULL) Adapted adapted) {

  /** Stands for the hash of a backbone that starts from random weights. */
  public static final String NO_WEIGHTS = "none";

  /** Of {@link #backend}: tasks that share each minibatch, where there are several machines. */
  private static final String TASKS = "tasks";

  /** The software that a run was made with. */
  public record Versions(String pneuma, String java, String os, String deeplearning4j) {
    /** The versions of this process. */
    public static Versions here(String pneuma, String deeplearning4j) {
      return new Versions(
          pneuma,
          System.getProperty("java.vendor") + " " + System.getProperty("java.version"),
          System.getProperty("os.name")
              + " "
              + System.getProperty("os.version")
              + " "
              + System.getProperty("os.arch"),
          deeplearning4j);
    }
  }

  /** How far a run has come. */
  public enum Status {
    @JsonProperty("running")
    RUNNING,
    @JsonProperty("done")
    DONE,
    @JsonProperty("failed")
    FAILED,
    @JsonProperty("interrupted")
    INTERRUPTED
  }

  /** Copies the maps and the list. */
  public Manifest {
    backend = backend == null ? Map.of() : Collections.unmodifiableMap(new TreeMap<>(backend));
    weights = weights == null ? Map.of() : Collections.unmodifiableMap(new TreeMap<>(weights));
    warnings = warnings == null ? List.of() : List.copyOf(warnings);
  }

  /** The same run at its end. */
  public Manifest ended(Status how, Instant when) {
    return with(recipe, when, warnings, how);
  }

  /**
   * What computes the run from here on otherwise than until now, in words; empty where nothing
   * does.
   *
   * @param now the manifest of this process
   */
  public List<String> changes(Manifest now) {
    Map<String, Object> before = machine();
    List<String> changes = new ArrayList<>();
    now.machine()
        .forEach(
            (name, value) -> {
              if (!value.equals(before.get(name))) {
                changes.add(name + " " + value + " instead of " + before.get(name));
              }
            });
    return changes;
  }

  private Map<String, Object> machine() {
    Map<String, Object> machine = new TreeMap<>(backend);
    machine.putIfAbsent(TASKS, 1);
    machine.put("Pneuma", versions.pneuma);
    machine.put("Deeplearning4j", versions.deeplearning4j);
    machine.put("Java", versions.java);
    machine.put("system", versions.os);
    return machine;
  }

  /** The same of a training whose minibatches so many tasks share. */
  public Manifest sharedBy(int tasks) {
    Map<String, Object> shared = new TreeMap<>(backend);
    shared.put(TASKS, tasks);
    return new Manifest(
        versions,
        shared,
        seed,
        recipe,
        dataSha256,
        weights,
        commit,
        started,
        finished,
        warnings,
        status,
        adapted);
  }

  /** The same with one warning more. */
  public Manifest with(String warning) {
    List<String> more = new ArrayList<>(warnings);
    more.add(warning);
    return with(recipe, finished, more, status);
  }

  /**
   * The same run taken up again: running, with its first start kept and what may change changed.
   */
  public Manifest resumedWith(String changedRecipe) {
    return with(changedRecipe, null, warnings, Status.RUNNING);
  }

  private Manifest with(String ofRecipe, Instant ended, List<String> said, Status how) {
    return new Manifest(
        versions,
        backend,
        seed,
        ofRecipe,
        dataSha256,
        weights,
        commit,
        started,
        ended,
        said,
        how,
        adapted);
  }

  /** The git commit that the project's root has checked out, or null when that is unknown. */
  public static String projectCommit(Path home) {
    return GitHead.commit(home);
  }
}
