package io.pneuma.downloads;

import io.pneuma.weights.Digest;
import io.pneuma.weights.WeightsException;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Flow;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One download: over HTTPS into a partial file, gone on with where an earlier one broke off,
 * checked, then given its name.
 */
final class Download {
  /** What a file may have at most when neither the table nor the server tells its size. */
  private static final long LARGEST_UNTOLD = 4L << 30;

  /** What a download leaves free on the disk. */
  private static final long SPARE = 16L << 20;

  private static final Pattern CONTENT_RANGE =
      Pattern.compile("bytes (\\d{1,18})-\\d{1,18}/(\\d{1,18})");
  private static final Pattern WEB_PAGE =
      Pattern.compile("\\s*(<!doctype html|<html).*", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);
  private static final int ENOUGH_TO_TELL_A_PAGE = 64;

  /** How the bytes in the partial file came there. */
  private enum Course {
    FROM_THE_START,
    GONE_ON,
    UNFIT
  }

  private final RemoteFile file;
  private final Path target;
  private final Duration stall;
  private final FetchListener listener;
  private final Partial partial;
  private final FetchFailure failure;
  private final HttpClient client;

  /**
   * A download.
   *
   * @param target where the file is to be, in a folder that exists
   * @param stall how long to wait for a connection, for an answer, and for the next byte
   */
  Download(RemoteFile file, Path target, Duration stall, FetchListener listener) {
    this.file = file;
    this.target = target;
    this.stall = stall;
    this.listener = listener;
    this.partial = new Partial(file, target);
    this.failure = new FetchFailure(file, target, stall);
    this.client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1) // One file at a time gains nothing from HTTP/2.
            .followRedirects(HttpClient.Redirect.NORMAL) // Five at most, never from https to http.
            .connectTimeout(stall)
            .build();
  }

  /**
   * Fetches the file and returns its digest. Whatever happens, the target is whole or is not there.
   *
   * @throws WeightsException saying what happened, and what to do
   */
  String run() throws IOException, InterruptedException {
    Optional<String> digest = attempt(partial.usable());
    if (digest.isEmpty()) {
      listener.line(target + ": what was there does not go with the server's file; starting over");
      partial.delete();
      digest = attempt(0);
    }
    return digest.orElseThrow(() -> failure.of("the server gives only a part of it"));
  }

  /** Empty when the bytes that were there do not go with what the server has. */
  private Optional<String> attempt(long from) throws IOException, InterruptedException {
    boolean complete = file.size().isPresent() && file.size().getAsLong() == from;
    Course course = complete ? Course.GONE_ON : receive(from);
    if (course == Course.UNFIT) {
      return Optional.empty();
    }
    if (isWebPage()) {
      partial.delete();
      throw failure.of("a web page came instead of the file");
    }
    String digest = Digest.sha256(partial.path());
    if (file.accepts(digest)) {
      partial.moveTo(target);
      return Optional.of(digest);
    }
    partial.delete();
    if (course == Course.GONE_ON) {
      return Optional.empty();
    }
    throw failure.of("what came has sha256 " + digest + " and has been deleted");
  }

  /** Receives the rest of the file, or all of it where the server gives no part. */
  private Course receive(long from) throws IOException, InterruptedException {
    HttpResponse<Flow.Publisher<List<ByteBuffer>>> response = ask(from);
    try (BodyReader body = BodyReader.of(response.body(), stall)) {
      HttpHeaders headers = response.headers();
      Optional<Matcher> range =
          headers.firstValue("Content-Range").map(CONTENT_RANGE::matcher).filter(Matcher::matches);
      int status = response.statusCode();
      boolean goesOn =
          status == 206 && range.filter(r -> Long.parseLong(r.group(1)) == from).isPresent();
      if (status == 416 || (status == 206 && !goesOn)) {
        return Course.UNFIT;
      }
      if (status != 200 && status != 206) {
        throw failure.of(FetchFailure.meaning(response));
      }
      if (headers
          .firstValue("Content-Type")
          .orElse("")
          .toLowerCase(Locale.ROOT)
          .startsWith("text/html")) {
        throw failure.of("a web page came instead of the file");
      }
      if (!headers.firstValue("Content-Encoding").orElse("identity").equals("identity")) {
        throw failure.of("it came compressed, unasked");
      }
      long start = goesOn ? from : 0;
      long total =
          goesOn
              ? Long.parseLong(range.orElseThrow().group(2))
              : headers.firstValueAsLong("Content-Length").orElse(-1);
      checkSize(total, start);
      try (FileChannel channel =
          goesOn ? partial.append() : partial.begin(file.url(), headers.firstValue("ETag"))) {
        copy(body, channel, start, total);
      }
      return goesOn ? Course.GONE_ON : Course.FROM_THE_START;
    }
  }

  private HttpResponse<Flow.Publisher<List<ByteBuffer>>> ask(long from)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(file.url()).header("User-Agent", "Pneuma").timeout(stall);
    if (from > 0) {
      request.header("Range", "bytes=" + from + "-");
      partial.etag().ifPresent(tag -> request.header("If-Range", tag));
    }
    try {
      return client.send(request.build(), BodyHandlers.ofPublisher());
    } catch (IOException | IllegalArgumentException e) { // The latter: a redirect to no address.
      throw failure.of(failure.reason(e), e);
    }
  }

  private void checkSize(long total, long start) throws IOException {
    if (file.size().isPresent() && total >= 0 && total != file.size().getAsLong()) {
      throw failure.of(
          "the server's file has " + total + " bytes; expected " + file.size().getAsLong());
    }
    long needed = file.size().orElse(Math.max(total, 0)) - start + SPARE;
    long free = Files.getFileStore(target.getParent()).getUsableSpace();
    if (needed > free) {
      throw failure.of(
          "the disk has "
              + Sources.megabytes(free)
              + " free, and "
              + Sources.megabytes(needed)
              + " are needed");
    }
  }

  private void copy(BodyReader body, FileChannel channel, long start, long total)
      throws IOException, InterruptedException {
    long limit = file.size().orElse(total >= 0 ? total : LARGEST_UNTOLD);
    long expected = file.size().orElse(total);
    long received = start;
    try {
      listener.received(received, expected);
      for (Optional<List<ByteBuffer>> piece = body.next(); piece.isPresent(); piece = body.next()) {
        for (ByteBuffer bytes : piece.get()) {
          received += bytes.remaining();
          if (received > limit) {
            break;
          }
          while (bytes.hasRemaining()) {
            channel.write(bytes);
          }
        }
        if (received > limit) {
          break;
        }
        listener.received(received, expected);
      }
    } catch (IOException e) {
      throw failure.brokenOff(received, expected, failure.reason(e), e);
    }
    if (received > limit) {
      partial.delete();
      throw failure.of("the server sends more than the " + limit + " bytes expected");
    }
    if (received < expected) {
      throw failure.brokenOff(received, expected, "the server ended it", null);
    }
  }

  private boolean isWebPage() throws IOException {
    byte[] start;
    try (InputStream bytes = Files.newInputStream(partial.path())) {
      start = bytes.readNBytes(ENOUGH_TO_TELL_A_PAGE);
    }
    return WEB_PAGE.matcher(new String(start, StandardCharsets.ISO_8859_1)).matches();
  }
}
