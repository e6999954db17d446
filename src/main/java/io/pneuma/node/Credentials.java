package io.pneuma.node;

import io.pneuma.config.ConfigException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * What a server is shown, from the environment alone: a command line can be read by others on the
 * machine.
 */
public final class Credentials {
  private static final String TOKEN = "PNEUMA_DICOMWEB_TOKEN";
  private static final String USER = "PNEUMA_DICOMWEB_USER";
  private static final String PASSWORD = "PNEUMA_DICOMWEB_PASSWORD";

  /** The variables, for messages. */
  static final String VARIABLES = TOKEN + ", or " + USER + " and " + PASSWORD;

  private Credentials() {}

  /**
   * The value of the header Authorization (RFC 6750, RFC 7617); empty where there is none to show.
   *
   * @param environment the values of variables, null or blank where there are none
   * @throws ConfigException when they do not go together
   */
  public static Optional<String> header(UnaryOperator<String> environment) {
    Optional<String> token = value(environment, TOKEN);
    Optional<String> user = value(environment, USER);
    Optional<String> password = value(environment, PASSWORD);
    if (token.isPresent() && user.isPresent()) {
      throw new ConfigException(TOKEN + " and " + USER + " are both set; expected one of them");
    }
    if (user.isPresent() != password.isPresent()) {
      throw new ConfigException(
          (user.isPresent() ? USER : PASSWORD)
              + " is set alone; expected both, "
              + USER
              + " and "
              + PASSWORD);
    }
    if (token.isPresent() && !token.get().matches("[!-~]+")) {
      throw new ConfigException(
          TOKEN + " holds what is no letter, digit or sign of ASCII; expected a bearer token");
    }
    if (user.isPresent() && user.get().contains(":")) {
      throw new ConfigException(USER + " holds a colon, which HTTP cannot tell from its end");
    }
    return token
        .map(given -> "Bearer " + given)
        .or(() -> user.map(name -> "Basic " + encoded(name + ":" + password.orElseThrow())));
  }

  private static Optional<String> value(UnaryOperator<String> environment, String name) {
    return Optional.ofNullable(environment.apply(name)).filter(value -> !value.isBlank());
  }

  private static String encoded(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }
}
