package io.pneuma.node;

import io.pneuma.images.UnreadableImageException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Answers each new chest X-ray of an archive once. An image counts as answered when the archive has
 * said that it stored the answer; a kill in between stores the very same objects once more.
 */
public final class Node {
  /** Projection radiography (PS3.3, C.7.3.1.1.1); what Pneuma makes is SR, PR and OT. */
  private static final List<String> MODALITIES = List.of("CR", "DX", "RG");

  /** An image that fails so often is left for the next start. */
  private static final int TRIES = 3;

  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

  /** After it is looked again for what is new, though not all is answered. */
  private static final Duration FRESH = Duration.ofMinutes(5);

  /** Of an archive whose pages never end. */
  private static final int MOST_PAGES = 10_000;

  private final DicomWeb server;
  private final Responder responder;
  private final State state;
  private final Consumer<String> lines;
  private final Consumer<String> warnings;
  private final Map<String, Failing> failing = new HashMap<>(); // By hash.
  private int answered;
  private int refused;
  private String trouble = "";
  private volatile boolean stopping;
  private Thread idle; // While no image is at hand; else null.

  /**
   * What was done since the start.
   *
   * @param refused because they are no chest X-rays, or broken
   * @param failed that were neither, for now
   */
  public record Counts(int answered, int refused, int failed) {}

  /**
   * An image that was not answered.
   *
   * @param others how many images had been dealt with when that was counted last
   */
  private record Failing(int tries, int others) {}

  /**
   * A node.
   *
   * @param lines takes what is told of each image
   * @param warnings takes what goes wrong
   */
  public Node(
      DicomWeb server,
      Responder responder,
      State state,
      Consumer<String> lines,
      Consumer<String> warnings) {
    this.server = server;
    this.responder = responder;
    this.state = state;
    this.lines = lines;
    this.warnings = warnings;
  }

  /**
   * Answers all that is new.
   *
   * @throws ServerException when the server does not serve
   */
  public Counts once() throws IOException {
    try {
      boolean all = false;
      while (!all) {
        int before = dealtWith();
        try {
          all = pass();
        } catch (ServerException e) { // Perhaps of one image's doing, which then comes last.
          if (dealtWith() == before) {
            if (failing.isEmpty()) {
              throw e;
            }
            all = true;
          }
        }
      }
    } catch (InterruptedException | InterruptedIOException e) {
      stopping = true;
    }
    return counts();
  }

  /**
   * Answers what is new again and again, until {@link #stop} or an interruption; a server that does
   * not serve is waited for.
   *
   * @param every how long to wait after all is answered
   */
  public Counts run(Duration every) throws IOException {
    Duration longest = every.compareTo(LONGEST_PAUSE) > 0 ? every : LONGEST_PAUSE;
    Duration pause = every;
    try {
      while (!stopping) {
        try {
          boolean all = pass();
          pause = every;
          tell("");
          if (all) {
            sleep(every);
          }
        } catch (ServerException e) {
          tell(e.getMessage());
          sleep(pause);
          pause = pause.multipliedBy(2).compareTo(longest) > 0 ? longest : pause.multipliedBy(2);
        }
      }
    } catch (InterruptedException | InterruptedIOException e) {
      stopping = true;
    }
    return counts();
  }

  /** Lets {@link #run} or {@link #once} return after the image at hand; from any thread. */
  public synchronized void stop() {
    stopping = true;
    if (idle != null) {
      idle.interrupt();
    }
  }

  /** From here on it may be interrupted. */
  private synchronized void rest() throws InterruptedException {
    idle = Thread.currentThread();
    if (stopping) {
      throw new InterruptedException();
    }
  }

  /** From here on it may not; false where it is to stop. */
  private synchronized boolean work() {
    idle = null;
    return !stopping;
  }

  private int dealtWith() {
    return answered + refused + failing.size();
  }

  private Counts counts() {
    return new Counts(answered, refused, failing.size());
  }

  private void sleep(Duration pause) throws InterruptedException {
    rest();
    Thread.sleep(pause.toMillis());
  }

  /** Says when what is wrong with the server changes; empty for nothing. */
  private void tell(String now) {
    if (!now.isEmpty() && !now.equals(trouble)) {
      warnings.accept(now + "; it is tried again");
    } else if (now.isEmpty() && !trouble.isEmpty()) {
      lines.accept("the server serves again");
    }
    trouble = now;
  }

  /** Answers what is new; false where the list of it has grown old meanwhile. */
  private boolean pass() throws IOException, InterruptedException {
    rest();
    List<Listed> found = found();
    long begun = System.nanoTime();
    for (Listed image : found) {
      if (!work()) {
        break;
      }
      if (System.nanoTime() - begun > FRESH.toNanos()) {
        return false;
      }
      answer(image);
    }
    return true;
  }

  /** What is not done yet: what has not failed first, and of that the newest. */
  private List<Listed> found() throws IOException, InterruptedException {
    Map<String, Listed> found = new LinkedHashMap<>();
    for (String modality : MODALITIES) {
      Set<String> seen = new HashSet<>();
      int offset = 0;
      boolean more = true;
      for (int page = 0; more && page < MOST_PAGES; page++) {
        DicomJson.Page listed = server.search(modality, offset);
        offset += listed.items();
        // A page may be shorter than was asked for, and a server may overlook the offset.
        more = false;
        for (Listed instance : listed.instances()) {
          String hash = instance.hash();
          more |= seen.add(hash);
          if (instance.isWanted() && !state.knows(hash) && tries(hash) < TRIES) {
            found.put(hash, instance);
          }
        }
      }
    }
    List<Listed> ordered = new ArrayList<>(found.values());
    ordered.sort(
        Comparator.comparingInt((Listed image) -> tries(image.hash()))
            .thenComparing(Listed::when, Comparator.reverseOrder()));
    return ordered;
  }

  private int tries(String hash) {
    Failing before = failing.get(hash);
    return before == null ? 0 : before.tries();
  }

  private void answer(Listed image) throws IOException, InterruptedException {
    String hash = image.hash();
    String name = "image " + hash.substring(0, 8);
    try {
      Response response = respond(name, server.retrieve(image));
      if (state.isShadow()) {
        state.noted(hash, response);
        lines.accept(name + ": " + response.line() + ", not stored");
      } else {
        server.store(response.objects());
        state.answered(hash);
        lines.accept(
            name + ": " + response.line() + ", " + response.objects().size() + " objects stored");
      }
      answered++;
      failing.remove(hash);
    } catch (UnreadableImageException e) {
      state.refused(hash, e.reason());
      refused++;
      failing.remove(hash);
      lines.accept(name + ": refused: " + e.reason());
    } catch (InstanceException e) {
      failed(hash, name, e.getMessage(), true);
    } catch (ServerException e) {
      // Of one image's doing only where others were dealt with since.
      Failing before = failing.get(hash);
      failed(hash, name, e.getMessage(), before == null || answered + refused > before.others());
      throw e;
    }
  }

  private void failed(String hash, String name, String reason, boolean counts) {
    int tries = tries(hash) + (counts ? 1 : 0);
    failing.put(hash, new Failing(tries, answered + refused));
    if (counts) {
      warnings.accept(
          "%s: not answered: %s (%s)"
              .formatted(
                  name,
                  reason,
                  tries < TRIES
                      ? "try " + tries + " of " + TRIES
                      : "given up until the next start"));
    }
  }

  /** One image must not end the node: what brings the program down would do so at each start. */
  private Response respond(String name, byte[] file) throws IOException, InstanceException {
    try {
      return responder.respond(name, file);
    } catch (RuntimeException | OutOfMemoryError e) {
      StackTraceElement[] trace = e.getStackTrace();
      throw new InstanceException(
          "an error that Pneuma does not know, "
              + e.getClass().getSimpleName()
              + (trace.length == 0 ? "" : " at " + trace[0])
              + "; please report it");
    }
  }
}
