package io.pneuma.monitor;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;

/** Requests to the training UI. */
final class Web {
  private Web() {}

  static HttpResponse<String> get(URI address) {
    return send(HttpRequest.newBuilder(address).build());
  }

  static HttpResponse<String> get(TrainingUi ui, String path) {
    return get(ui.address().resolve(path));
  }

  static HttpResponse<String> send(HttpRequest request) {
    try {
      return HttpClient.newHttpClient().send(request, BodyHandlers.ofString());
    } catch (IOException e) {
      throw new AssertionError(request.toString(), e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
