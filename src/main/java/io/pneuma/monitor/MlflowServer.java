package io.pneuma.monitor;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** MLflow's REST interface, version 2.0, as far as a run needs it. */
final class MlflowServer {
  private static final String REST = "/api/2.0/mlflow/";
  private static final String ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts";

  /** More than any answer that is asked for. */
  private static final int LONGEST_ANSWER = 1 << 20;

  private static final ObjectMapper JSON = new ObjectMapper();

  private final URI address;
  private final Duration patience;
  private final Optional<String> authorization;
  private final HttpClient client;

  /**
   * A server that is not asked yet.
   *
   * @param environment has the user's name and password, or a token, under MLflow's own names
   * @param patience the longest wait for an answer
   */
  MlflowServer(URI address, Map<String, String> environment, Duration patience) {
    this.address = address;
    this.patience = patience;
    this.authorization = authorization(environment);
    this.client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER) // The password is for this server alone.
            .connectTimeout(patience)
            .build();
  }

  private static Optional<String> authorization(Map<String, String> environment) {
    String user = environment.get("MLFLOW_TRACKING_USERNAME");
    String password = environment.get("MLFLOW_TRACKING_PASSWORD");
    String token = environment.get("MLFLOW_TRACKING_TOKEN");
    if (user != null && password != null) {
      byte[] both = (user + ":" + password).getBytes(StandardCharsets.UTF_8);
      return Optional.of("Basic " + Base64.getEncoder().encodeToString(both));
    }
    return Optional.ofNullable(token).filter(t -> !t.isBlank()).map(t -> "Bearer " + t.strip());
  }

  /** The answer to a question with one parameter; empty when there is no such thing. */
  Optional<JsonNode> get(String call, String parameter, String value) throws IOException {
    String query = "?" + parameter + "=" + URLEncoder.encode(value, StandardCharsets.UTF_8);
    HttpResponse<String> answer = send(call, request(REST + call + query).GET().build(), patience);
    return answer.statusCode() == 404 ? Optional.empty() : Optional.of(json(call, answer));
  }

  /** The answer to a request. */
  JsonNode post(String call, Map<String, ?> request) throws IOException {
    BodyPublisher body = BodyPublishers.ofString(JSON.writeValueAsString(request));
    HttpRequest asked = request(REST + call, "application/json").POST(body).build();
    return json(call, send(call, asked, patience));
  }

  /**
   * Stores a file.
   *
   * @param place the path of the run's artifacts, from its first slash on
   * @param wait the longest wait
   */
  void put(String place, Path file, String type, Duration wait) throws IOException {
    String path = ARTIFACTS + place + "/" + file.getFileName();
    HttpRequest request =
        request(path, type).timeout(wait).PUT(BodyPublishers.ofFile(file)).build();
    require("artifacts", send("artifacts", request, wait));
  }

  private HttpRequest.Builder request(String path, String type) {
    return request(path).header("Content-Type", type);
  }

  private HttpRequest.Builder request(String path) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(address + path))
            .header("User-Agent", "Pneuma")
            .timeout(patience);
    authorization.ifPresent(who -> request.header("Authorization", who));
    return request;
  }

  private HttpResponse<String> send(String call, HttpRequest request, Duration wait)
      throws IOException {
    CompletableFuture<HttpResponse<String>> answer =
        client.sendAsync(
            request,
            BodyHandlers.fromSubscriber(new BoundedText(LONGEST_ANSWER), BoundedText::text));
    try {
      return answer.get(wait.toMillis(), TimeUnit.MILLISECONDS); // With all of its body.
    } catch (TimeoutException e) {
      throw new IOException("does not answer " + call, e);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      if (cause instanceof ConnectException) {
        throw new IOException("cannot be reached", cause);
      }
      String why =
          cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
      throw new IOException(call + ": " + why, cause);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("was not waited for");
    } finally {
      answer.cancel(true);
    }
  }

  private static JsonNode json(String call, HttpResponse<String> answer) throws IOException {
    require(call, answer);
    try {
      JsonNode json = JSON.readTree(answer.body().isBlank() ? "{}" : answer.body());
      if (json.isObject()) {
        return json;
      }
    } catch (IOException e) {
      throw new IOException("answers " + call + " with something that is no JSON", e);
    }
    throw new IOException("answers " + call + " with something that is no JSON object");
  }

  private static void require(String call, HttpResponse<String> answer) throws IOException {
    int status = answer.statusCode();
    if (status == 401 || status == 403) {
      throw new IOException(
          "lets nobody in without a word (status "
              + status
              + "); MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN, say"
              + " who asks");
    }
    if (status != 200) {
      throw new IOException("answers " + call + " with status " + status);
    }
  }
}
