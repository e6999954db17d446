package io.pneuma.bench;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** How a child process in Java is started: with the options and classes of this one. */
final class Java {
  private Java() {}

  /**
   * A {@link Worker}.
   *
   * @param folder takes the native libraries that DJL unpacks
   */
  static List<String> worker(Path folder, String task, String... arguments) {
    List<String> command = command(folder, Worker.class, task);
    command.addAll(List.of(arguments));
    return command;
  }

  /** Any class with a main method. */
  static List<String> command(Path folder, Class<?> main, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.add("-Doffline=true");
    command.add("-DDJL_CACHE_DIR=" + folder.resolve("djl"));
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(main.getName());
    command.addAll(List.of(arguments));
    return command;
  }
}
