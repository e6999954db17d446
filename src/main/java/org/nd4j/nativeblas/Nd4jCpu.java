package org.nd4j.nativeblas;

/**
 * Revives Deeplearning4j's oneDNN layer helpers. Before it uses one, {@code
 * BaseMKLDNNHelper.mklDnnEnabled()} looks this class up by its old name and asks {@code
 * Environment.getInstance().isUseMKLDNN()}; the backend has since moved it to another package and
 * renamed the method, so that the lookup fails and every convolution goes the slow way. This class
 * has the old name and asks the new one.
 */
public final class Nd4jCpu {
  private Nd4jCpu() {}

  /** Stands for the backend's environment; Deeplearning4j calls it by reflection. */
  public static final class Environment {
    private static final Environment INSTANCE = new Environment();

    private Environment() {}

    /** The only instance. */
    public static Environment getInstance() {
      return INSTANCE;
    }

    /** Whether the CPU backend was built with oneDNN and has it switched on. */
    public boolean isUseMKLDNN() {
      try {
        // By reflection, since the class is absent under -Pcuda.
        Class<?> current =
            Class.forName("org.nd4j.linalg.cpu.nativecpu.bindings.Nd4jCpu$Environment");
        Object instance = current.getMethod("getInstance").invoke(null);
        return (Boolean) current.getMethod("isUseONEDNN").invoke(instance);
      } catch (ReflectiveOperationException e) {
        return false;
      }
    }
  }
}
