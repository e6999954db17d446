package io.pneuma;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.openqa.selenium.Dimension;
import org.openqa.selenium.JavascriptException;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/** A headless Chromium of this machine; Selenium is never asked to fetch one. */
public final class Chromium implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** Selenium warns that it does not know the newest Chromium's own protocol, which is not used. */
  private static final Logger SELENIUM = Logger.getLogger("org.openqa.selenium");

  private final ChromeDriver driver;

  private Chromium(ChromeDriver driver) {
    this.driver = driver;
  }

  /**
   * Starts the browser, or skips the test when there is none.
   *
   * @param profile an empty folder
   */
  public static Chromium start(Path profile) {
    Optional<File> browser = onThePath("chromium", "chromium-browser", "google-chrome");
    Optional<File> driver = onThePath("chromedriver");
    assumeTrue(
        browser.isPresent() && driver.isPresent(),
        "no chromium or no chromedriver on the PATH, so pages are not looked at;"
            + " on Debian: apt-get install chromium chromium-driver");
    var options = new ChromeOptions();
    options.setBinary(browser.get());
    options.addArguments(
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--window-size=1400,1000",
        "--user-data-dir=" + profile);
    var logs = new LoggingPreferences();
    logs.enable(LogType.BROWSER, Level.ALL);
    logs.enable(LogType.PERFORMANCE, Level.ALL);
    options.setCapability("goog:loggingPrefs", logs);
    SELENIUM.setLevel(Level.SEVERE);
    var service = new ChromeDriverService.Builder().usingDriverExecutable(driver.get()).build();
    return new Chromium(new ChromeDriver(service, options));
  }

  /** Opens a page. */
  public void open(URI page) {
    driver.get(page.toString());
  }

  /** Gives the window a size, in pixels. */
  public void resize(int width, int height) {
    driver.manage().window().setSize(new Dimension(width, height));
  }

  /** Leaves the page, which would go on to ask its server when that is closed. */
  public void leave() {
    driver.get("about:blank");
  }

  /** The value of a JavaScript expression, once it has one: neither null, false nor no elements. */
  public Object await(String expression) {
    Object last = null;
    for (long end = System.nanoTime() + PATIENCE.toNanos(); System.nanoTime() < end; ) {
      try {
        last = driver.executeScript("return " + expression);
      } catch (JavascriptException e) {
        last = e.getRawMessage(); // what it asks for is not there yet
        continue;
      }
      if (last != null && !last.equals(false) && !last.equals(List.of())) {
        return last;
      }
    }
    throw new AssertionError(expression + " is " + last);
  }

  /** Every address, of any machine, that the pages asked for since the last call. */
  public List<String> requests() {
    Pattern address = Pattern.compile("\"documentURL\":\"http.*?\"url\":\"([^\"]+)\"");
    return driver.manage().logs().get(LogType.PERFORMANCE).getAll().stream()
        .map(entry -> entry.getMessage())
        .filter(message -> message.contains("\"Network.requestWillBeSent\""))
        .map(address::matcher)
        .filter(matcher -> matcher.find())
        .map(matcher -> matcher.group(1))
        .toList();
  }

  /** What the pages complained of since the last call. */
  public List<String> complaints() {
    return driver.manage().logs().get(LogType.BROWSER).getAll().stream()
        .filter(entry -> entry.getLevel().intValue() >= Level.SEVERE.intValue())
        .map(entry -> entry.getMessage())
        .toList();
  }

  /** Takes a picture of what the window shows. */
  public void screenshot(Path file) {
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      Files.write(file, driver.getScreenshotAs(OutputType.BYTES));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    driver.quit();
  }

  private static Optional<File> onThePath(String... names) {
    String[] folders = System.getenv("PATH").split(File.pathSeparator);
    return Stream.of(names)
        .flatMap(name -> Stream.of(folders).map(folder -> new File(folder, name)))
        .filter(File::canExecute)
        .findFirst();
  }
}
