package io.pneuma.cli;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.FileAppender;
import io.pneuma.run.RunDirectory;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends everything that is logged to a run's log.txt as well, for as long as it is open. */
final class RunLog implements AutoCloseable {
  private final FileAppender<ILoggingEvent> appender = new FileAppender<>();

  private RunLog(RunDirectory run) {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    PatternLayoutEncoder encoder = new PatternLayoutEncoder();
    encoder.setContext(context);
    encoder.setPattern("%d{yyyy-MM-dd'T'HH:mm:ss.SSS} %-5level %logger{0}: %msg%n");
    encoder.start();
    appender.setContext(context);
    appender.setFile(run.log().toString());
    appender.setEncoder(encoder);
    appender.start();
    root().addAppender(appender);
  }

  static RunLog open(RunDirectory run) {
    return new RunLog(run);
  }

  /** Writes down what was shown before the run directory was there. */
  void begin(List<String> lines) {
    lines.forEach(LoggerFactory.getLogger("pneuma")::info);
  }

  private static ch.qos.logback.classic.Logger root() {
    return (ch.qos.logback.classic.Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
  }

  @Override
  public void close() {
    root().detachAppender(appender);
    appender.stop();
  }
}
