package io.pneuma.node;

import io.pneuma.config.ConfigException;
import io.pneuma.dicom.DicomFile;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;

/**
 * A DICOMweb server (PS3.18, 10): searches, retrieves, stores. No redirect is followed, since
 * whoever it leads to would get the credentials; addresses are made of identifiers, never taken
 * from answers.
 */
public final class DicomWeb {
  private static final Duration TO_CONNECT = Duration.ofSeconds(10);

  /** For a whole answer. */
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private static final int PAGE = 100;
  private static final int LARGEST_TEXT = 32 << 20;
  private static final int LARGEST_IMAGE = 128 << 20;

  private final URI address;
  private final Optional<String> authorization;
  private final OptionalInt days;
  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1) // Servers of DICOM know little of an upgrade.
          .connectTimeout(TO_CONNECT)
          .build();

  /**
   * A server, which need not be there yet.
   *
   * @param url its service, as in {@code http://127.0.0.1:8042/dicom-web}
   * @param authorization what the header of that name says
   * @param days how old a study may be to be looked for; empty for all
   * @throws ConfigException when the URL is none
   */
  public DicomWeb(String url, Optional<String> authorization, OptionalInt days) {
    this.address = address(url);
    this.authorization = authorization;
    this.days = days;
  }

  private static URI address(String url) {
    try {
      URI uri = new URI(url.replaceFirst("/+$", ""));
      if (uri.getUserInfo() != null) { // Not repeated.
        throw new ConfigException(
            "--dicomweb: holds a user; give credentials in the environment: "
                + Credentials.VARIABLES);
      }
      String scheme = String.valueOf(uri.getScheme());
      if ((scheme.equalsIgnoreCase("http") || scheme.equalsIgnoreCase("https"))
          && uri.getHost() != null
          && uri.getRawQuery() == null
          && uri.getRawFragment() == null) {
        return uri;
      }
    } catch (URISyntaxException e) {
      // Said below.
    }
    throw new ConfigException(
        "--dicomweb "
            + url.replaceAll("//[^/]*@", "//...@")
            + ": is no address of a DICOMweb service; expected one like"
            + " http://127.0.0.1:8042/dicom-web");
  }

  /** The address, without a slash at its end. */
  public String url() {
    return address.toString();
  }

  /** Whether what goes to and fro can be read on the way. */
  public boolean isExposed() {
    String host = address.getHost();
    boolean here =
        host.equalsIgnoreCase("localhost") || host.startsWith("127.") || host.equals("[::1]");
    return !here && address.getScheme().equalsIgnoreCase("http");
  }

  /**
   * A part of the instances of a modality.
   *
   * @param offset how many there are before it
   */
  DicomJson.Page search(String modality, int offset) throws IOException, InterruptedException {
    String since =
        days.isEmpty()
            ? ""
            : "&StudyDate="
                + DateTimeFormatter.BASIC_ISO_DATE.format(
                    LocalDate.now(ZoneId.systemDefault()).minusDays(days.getAsInt()))
                + "-";
    String query =
        "/instances?Modality=%s%s&limit=%d&offset=%d".formatted(modality, since, PAGE, offset);
    HttpResponse<byte[]> response = text(request(query).header("Accept", "application/dicom+json"));
    if (response.statusCode() == 204) {
      return new DicomJson.Page(0, List.of());
    }
    if (response.statusCode() != 200) {
      throw new ServerException(
          "answers a search with status "
              + response.statusCode()
              + "; is there a DICOMweb service at "
              + address
              + "?");
    }
    return DicomJson.page(response.body(), modality);
  }

  /**
   * The file of an image, in whatever syntax the server has it.
   *
   * @throws InstanceException when there is none
   */
  byte[] retrieve(Listed image) throws IOException, InterruptedException {
    HttpRequest.Builder request =
        request(image.path())
            .header("Accept", "multipart/related; type=\"application/dicom\"; transfer-syntax=*");
    HttpResponse<byte[]> response;
    try {
      response = answer(request, LARGEST_IMAGE);
    } catch (BoundedBody.TooLargeException e) {
      throw new InstanceException("its file " + e.getMessage());
    }
    if (response.statusCode() != 200) {
      throw new InstanceException("the server answers with status " + response.statusCode());
    }
    String type = response.headers().firstValue("Content-Type").orElse("");
    if (!Multipart.is(type)) {
      if (!DicomFile.isDicom(response.body())) { // Such as the page of a proxy.
        throw new ServerException("gives something else than DICOM");
      }
      return response.body();
    }
    List<byte[]> parts = Multipart.parts(new Multipart.Body(type, response.body()));
    if (parts.size() != 1 || !DicomFile.isDicom(parts.get(0))) {
      throw new InstanceException("the server gives something else than one file of DICOM");
    }
    return parts.get(0);
  }

  /**
   * Stores files of DICOM.
   *
   * @throws InstanceException when some are refused
   */
  void store(List<byte[]> files) throws IOException, InterruptedException {
    Multipart.Body body = Multipart.of(files);
    HttpResponse<byte[]> response =
        text(
            request("/studies")
                .header("Accept", "application/dicom+json")
                .header("Content-Type", body.type())
                .POST(BodyPublishers.ofByteArray(body.bytes())));
    int status = response.statusCode();
    // A conflict may be with what was stored before.
    boolean tells =
        status == 409 && response.headers().firstValue("Content-Type").orElse("").contains("json");
    if (status != 200 && status != 202 && !tells) {
      throw new InstanceException("the server answers the store with status " + status);
    }
    DicomJson.requireStored(response.body(), files.size());
  }

  private HttpRequest.Builder request(String path) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(address + path)).timeout(PATIENCE);
    authorization.ifPresent(value -> request.header("Authorization", value));
    return request;
  }

  private HttpResponse<byte[]> text(HttpRequest.Builder asked)
      throws IOException, InterruptedException {
    try {
      return answer(asked, LARGEST_TEXT);
    } catch (BoundedBody.TooLargeException e) {
      throw new ServerException("gives an answer that " + e.getMessage());
    }
  }

  /** An answer that is about what was asked, not about the server. */
  private HttpResponse<byte[]> answer(HttpRequest.Builder asked, int most)
      throws IOException, InterruptedException {
    HttpResponse<byte[]> response = send(asked.build(), most);
    int status = response.statusCode();
    if (status == 401 || status == 403) {
      throw new ServerException(
          "refuses access (status "
              + status
              + "); it takes what is in the environment: "
              + Credentials.VARIABLES);
    }
    if (status >= 300 && status < 400) {
      throw new ServerException(
          "redirects (status " + status + "), which is not followed; give the address itself");
    }
    if (status == 408 || status == 429 || status >= 500) {
      throw new ServerException("answers with status " + status);
    }
    return response;
  }

  /** Once more where it failed: a connection that was kept may be closed as it is used again. */
  private HttpResponse<byte[]> send(HttpRequest request, int most)
      throws IOException, InterruptedException {
    for (boolean again = false; ; again = true) {
      CompletableFuture<HttpResponse<byte[]>> exchange =
          client.sendAsync(request, head -> new BoundedBody(most));
      try {
        return exchange.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      } catch (TimeoutException e) {
        throw new ServerException(slow());
      } catch (ExecutionException e) {
        if (e.getCause() instanceof BoundedBody.TooLargeException tooLarge) {
          throw tooLarge;
        }
        if (again || !isPassing(e.getCause())) {
          throw new ServerException(reason(e.getCause()));
        }
      } finally {
        exchange.cancel(true);
      }
    }
  }

  private static boolean isPassing(Throwable failure) {
    return failure instanceof IOException
        && !(failure instanceof ConnectException)
        && !(failure instanceof HttpTimeoutException)
        && !(failure instanceof SSLException);
  }

  private static String slow() {
    return "does not answer within " + PATIENCE.toSeconds() + " s";
  }

  /** Words of our own: a library's may repeat the address. */
  private static String reason(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof UnresolvedAddressException) {
        return "is not known by its name (is there a network?)";
      }
      if (cause instanceof SSLException) {
        return "cannot be spoken to in TLS; is its certificate one that Java trusts?";
      }
    }
    if (failure instanceof ConnectException) {
      return "cannot be reached";
    }
    return failure instanceof HttpTimeoutException ? slow() : "ends the connection";
  }
}
