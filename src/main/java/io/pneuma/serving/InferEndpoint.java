package io.pneuma.serving;

import io.pneuma.prediction.Picture;
import io.pneuma.prediction.Predictor;
import io.pneuma.prediction.Reply;
import io.pneuma.prediction.Verdict;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * KServe's V2 protocol for one model: <a
 * href="https://github.com/kserve/open-inference-protocol">Open Inference Protocol</a>, REST, with
 * binary data for inputs.
 */
final class InferEndpoint {
  /** There is one version of a run. */
  static final String VERSION = "1";

  static final String INPUT = "images";

  private static final int BAD_REQUEST = 400;

  private final ServedRun served;
  private final Predictor predictor;
  private final BatchQueue queue;

  InferEndpoint(ServedRun served, BatchQueue queue) {
    this.served = served;
    this.predictor = served.predictor();
    this.queue = queue;
  }

  Answered server(String version) {
    return Answered.json(
        ordered("name", "pneuma", "version", version, "extensions", List.of("binary_tensor_data")));
  }

  Answered model() {
    int size = predictor.imageSize().orElse(-1);
    return Answered.json(
        ordered(
            "name",
            served.name(),
            "versions",
            List.of(VERSION),
            "platform",
            "pneuma",
            "inputs",
            List.of(metadata(INPUT, "FP32", -1, 3, size, size)),
            "outputs",
            List.of(
                metadata("probabilities", "FP32", -1, predictor.labels().size()),
                metadata("label", "BYTES", -1),
                metadata("undecided", "BOOL", -1),
                metadata("unfamiliar", "BOOL", -1))));
  }

  Answered ready() {
    return Answered.json(ordered("name", served.name(), "ready", true));
  }

  private static Map<String, Object> ordered(Object... pairs) {
    Map<String, Object> map = new LinkedHashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      map.put((String) pairs[i], pairs[i + 1]);
    }
    return map;
  }

  private static Map<String, Object> metadata(String name, String datatype, int... shape) {
    return ordered("name", name, "datatype", datatype, "shape", shape);
  }

  /**
   * Answers an inference request.
   *
   * @param json bytes of JSON at the body's start
   */
  CompletableFuture<Answered> answer(byte[] body, int json) {
    InferRequest request = InferRequest.parse(body, json);
    List<Picture> pictures = pictures(request);
    List<CompletableFuture<Reply>> replies = queue.ask(pictures);
    return CompletableFuture.allOf(replies.toArray(CompletableFuture<?>[]::new))
        .thenApply(done -> response(request, replies.stream().map(reply -> reply.join()).toList()));
  }

  private List<Picture> pictures(InferRequest request) {
    if (predictor.imageSize().isEmpty()) {
      throw refused("the members of this ensemble take images of several sizes; ask /predict");
    }
    int size = predictor.imageSize().getAsInt();
    String wanted = "one input %s of FP32 and shape [N, 3, %d, %d]".formatted(INPUT, size, size);
    if (request.inputs().size() != 1 || !request.inputs().get(0).name.equals(INPUT)) {
      throw refused("expected " + wanted);
    }
    InferRequest.Tensor input = request.inputs().get(0);
    long[] shape = input.shape;
    if (!input.datatype.equals("FP32")
        || shape.length != 4
        || shape[0] < 1
        || !Arrays.equals(shape, new long[] {shape[0], 3, size, size})) {
      throw refused(
          "input %s is of %s and shape %s; expected %s"
              .formatted(INPUT, input.datatype, Arrays.toString(shape), wanted));
    }
    if (shape[0] > PredictEndpoint.MOST_IMAGES) {
      throw refused("a request may have " + PredictEndpoint.MOST_IMAGES + " images");
    }
    if (input.elements() != input.data.length) {
      throw refused(
          "input %s has %d numbers; its shape wants %d"
              .formatted(INPUT, input.data.length, input.elements()));
    }
    for (float value : input.data) {
      if (!(value >= 0 && value <= 1)) {
        throw refused("input " + INPUT + " holds " + value + "; expected numbers from 0 to 1");
      }
    }
    int length = input.data.length / (int) shape[0];
    List<Picture> pictures = new ArrayList<>();
    for (int image = 0; image < shape[0]; image++) {
      pictures.add(
          Picture.ofPixels(Arrays.copyOfRange(input.data, image * length, (image + 1) * length)));
    }
    return pictures;
  }

  private static RefusedException refused(String message) {
    return new RefusedException(BAD_REQUEST, message);
  }

  private Answered response(InferRequest request, List<Reply> replies) {
    List<Float> probabilities = new ArrayList<>();
    List<Verdict> verdicts = new ArrayList<>();
    for (Reply reply : replies) {
      for (double p : reply.answer().probabilities()) {
        probabilities.add((float) p);
      }
      verdicts.add(predictor.verdict(reply.answer()));
    }
    int n = replies.size();
    List<Map<String, Object>> outputs =
        List.of(
            output("probabilities", "FP32", probabilities, n, predictor.labels().size()),
            output("label", "BYTES", verdicts.stream().map(Verdict::label).toList(), n),
            output("undecided", "BOOL", verdicts.stream().map(Verdict::isUndecided).toList(), n),
            output("unfamiliar", "BOOL", verdicts.stream().map(Verdict::unfamiliar).toList(), n));
    List<Object> names = outputs.stream().map(output -> output.get("name")).toList();
    for (String wanted : request.outputs()) {
      if (!names.contains(wanted)) {
        throw refused("there is no output " + wanted + "; known: " + names);
      }
    }
    Map<String, Object> response = new LinkedHashMap<>();
    response.put("model_name", served.name());
    response.put("model_version", VERSION);
    if (request.id() != null) {
      response.put("id", request.id());
    }
    response.put("parameters", Map.of("classes", String.join("|", predictor.labels())));
    response.put(
        "outputs",
        outputs.stream()
            .filter(
                output ->
                    request.outputs().isEmpty() || request.outputs().contains(output.get("name")))
            .toList());
    return Answered.json(response);
  }

  private static Map<String, Object> output(
      String name, String datatype, List<?> data, int... shape) {
    Map<String, Object> output = metadata(name, datatype, shape);
    output.put("data", data);
    return output;
  }
}
