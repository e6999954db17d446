package io.pneuma.serving;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.IntSupplier;

/** What Prometheus is told of a service. Nothing in it depends on what is in the images. */
final class Meters {
  static final String CONTENT_TYPE = PrometheusTextFormatWriter.CONTENT_TYPE;

  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final Counter requests =
      Counter.builder()
          .name("pneuma_requests_total")
          .help("Requests by what was asked for and the status of the answer.")
          .labelNames("endpoint", "status")
          .register(registry);
  private final Histogram seconds =
      Histogram.builder()
          .name("pneuma_request_seconds")
          .help("From the head of a request to the end of its answer.")
          .labelNames("endpoint")
          .classicOnly()
          .classicUpperBounds(0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)
          .register(registry);
  private final Counter images =
      Counter.builder()
          .name("pneuma_images_total")
          .help("Images that were answered, could not be read, or failed.")
          .labelNames("outcome")
          .register(registry);
  private final Counter errors =
      Counter.builder()
          .name("pneuma_errors_total")
          .help("Requests that were refused or failed, by kind.")
          .labelNames("kind")
          .register(registry);
  private final Histogram batches =
      Histogram.builder()
          .name("pneuma_batch_images")
          .help("Images that were computed together.")
          .classicOnly()
          .classicUpperBounds(1, 2, 4, 8, 16, 32, 64)
          .register(registry);

  /** Counts a request whose answer is written. */
  void request(String endpoint, int status, double took) {
    requests.labelValues(endpoint, Integer.toString(status)).inc();
    seconds.labelValues(endpoint).observe(took);
    if (status >= 400) {
      errors.labelValues(kind(status)).inc();
    }
  }

  private static String kind(int status) {
    return switch (status) {
      case 401, 403, 421 -> "not allowed";
      case 404, 405 -> "no such thing";
      case 408 -> "too slow";
      case 413 -> "too large";
      case 503 -> "busy";
      default -> status < 500 ? "wrong request" : "failure";
    };
  }

  void image(String outcome) {
    images.labelValues(outcome).inc();
  }

  void batch(int size) {
    batches.observe(size);
  }

  /** Shows how many images were asked about and are not answered. */
  void watchQueue(IntSupplier underWay) {
    GaugeWithCallback.builder()
        .name("pneuma_queue_images")
        .help("Images that were asked about and are not answered yet.")
        .callback(gauge -> gauge.call(underWay.getAsInt()))
        .register(registry);
  }

  /** All of it in the text format of Prometheus. */
  byte[] text() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      PrometheusTextFormatWriter.create().write(out, registry.scrape());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }
}
