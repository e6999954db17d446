package io.pneuma.platform;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.factory.Nd4jBackend.NoAvailableBackendException;
import org.nd4j.nativeblas.Nd4jCpu;

/**
 * The ND4J backend of this process.
 *
 * @param name CPU or CUDA
 * @param oneDnn whether convolutions run on oneDNN
 * @param threads threads that one operation may use
 */
public record Backend(String name, boolean oneDnn, int threads) {
  private static final String HELPERS_DISABLED = "org.eclipse.deeplearning4j.helpers.disable";
  private static final String SUPPORTED_GPUS =
      "the CUDA backend needs an NVIDIA GPU of compute capability 3.7 to 8.6 (Kepler K80 to Ampere)"
          + " and the CUDA 11.6 toolkit; none can be used here, so run without -Pcuda";

  /**
   * Starts the backend with oneDNN's layer helpers switched on. To be called before the first layer
   * is made, since a layer decides for or against its helper when it is made.
   *
   * @throws BackendException when the backend does not run on this machine
   */
  public static Backend start() {
    // Off by default in 1.0.0-M2.1; docs/decisions/onednn.md tells what else it takes and what it
    // gives.
    System.setProperty(HELPERS_DISABLED, "false");
    Properties environment = environment();
    String name = environment.getProperty("backend");
    boolean oneDnn = name.equals("CPU") && Nd4jCpu.Environment.getInstance().isUseMKLDNN();
    return new Backend(name, oneDnn, Nd4j.getEnvironment().maxMasterThreads());
  }

  private static Properties environment() {
    PrintStream err = System.err;
    if (cudaIsOnTheClassPath()) {
      // Its loader prints a stack trace of its own before it throws.
      System.setErr(
          new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8));
    }
    try {
      Nd4j.ones(2).addi(1); // A GPU without machine code for it fails no sooner than here.
      return Nd4j.getExecutioner().getEnvironmentInformation();
    } catch (RuntimeException | LinkageError e) {
      throw new BackendException(reason(e), e);
    } finally {
      System.setErr(err);
    }
  }

  private static String reason(Throwable failure) {
    if (cudaIsOnTheClassPath()) {
      return SUPPORTED_GPUS;
    }
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof NoAvailableBackendException) {
        return "no ND4J backend runs on "
            + System.getProperty("os.name")
            + " "
            + System.getProperty("os.arch")
            + "; supported: Linux x86-64 and arm64, macOS, Windows x86-64";
      }
    }
    return "the ND4J backend does not start: " + failure;
  }

  private static boolean cudaIsOnTheClassPath() {
    return Backend.class
            .getClassLoader()
            .getResource("org/nd4j/linalg/jcublas/JCublasBackend.class")
        != null;
  }

  /** The fields by name, for the manifest. */
  public Map<String, Object> asMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("name", name);
    map.put("oneDnn", oneDnn);
    map.put("threads", threads);
    return map;
  }
}
