package io.pneuma.report;

import io.pneuma.evaluation.Answers;
import io.pneuma.evaluation.CheckedMaps;
import io.pneuma.evaluation.Curves;
import io.pneuma.evaluation.Curves.Point;
import io.pneuma.evaluation.Heard;
import io.pneuma.evaluation.Measurement;
import io.pneuma.evaluation.OperatingPoint;
import io.pneuma.evaluation.Shortcuts;
import io.pneuma.run.History;
import java.util.List;
import java.util.Map;

/**
 * All that a report shows, as it carries it. What is shown follows from this alone.
 *
 * @param run name of the run's folder
 * @param seed of the intervals' draws; a text, since browsers have no such numbers
 * @param splits by name: validation and, where there is one, test
 * @param images number of each class's images and patients, by split
 * @param gallery pictures by what they show
 * @param heard how much each backbone is listened to; empty of one backbone
 * @param shortcuts which traits without anatomy tell the classes; null where that was not measured
 * @param maps whether maps of where it looked may be believed; null where that was not checked
 * @param facts what is known of how the model was made
 * @param recipe the resolved recipe, paths reduced to their last name
 */
record ReportData(
    String run,
    List<String> classes,
    OperatingPoint point,
    String seed,
    Map<String, SplitData> splits,
    List<List<String>> images,
    List<History.Epoch> history,
    Map<String, List<Picture>> gallery,
    List<Heard> heard,
    Shortcuts shortcuts,
    CheckedMaps maps,
    Map<String, String> facts,
    String recipe) {

  /**
   * What was said of a split's images, and what was measured.
   *
   * @param measured stated; it follows from the rows
   * @param curves by class; stated, they follow from the rows; empty of a split that is not shown
   */
  record SplitData(List<Row> rows, Measurement measured, Map<String, ClassCurves> curves) {
    Answers answers(List<String> classes) {
      return new Answers(
          classes,
          rows.stream().map(Row::patient).toList(),
          rows.stream().mapToInt(Row::label).toArray(),
          rows.stream()
              .map(row -> row.p().stream().mapToDouble(Double::doubleValue).toArray())
              .toArray(double[][]::new));
    }
  }

  /** The curves of a class against the rest. */
  record ClassCurves(List<Point> roc, List<Point> precisionRecall, List<Point> netBenefit) {
    static ClassCurves of(Curves curves) {
      return new ClassCurves(curves.roc(), curves.precisionRecall(), curves.netBenefit());
    }
  }

  /**
   * An image.
   *
   * @param file its name, without folders
   * @param label index of the true class
   * @param p probability of each class
   * @param distance from the training images
   * @param attributes what is known besides, by name; empty where it is unknown
   */
  record Row(
      String file,
      int label,
      String patient,
      List<Double> p,
      double distance,
      Map<String, String> attributes) {}

  /**
   * A picture of the gallery.
   *
   * @param text what is true and what was said
   * @param jpeg base64; empty where there is none
   * @param map the same with a map of where the network looked laid over it; empty where there is
   *     none
   */
  record Picture(String file, String text, String jpeg, String map) {}

  /** The classes whose curves are drawn: the positive one, or all. */
  List<String> drawn() {
    return point.positiveClass() == null ? classes : List.of(point.positiveClass());
  }

  /** The split that is shown in full: test, or validation where there is none. */
  String shown() {
    return splits.containsKey("test") ? "test" : "validation";
  }
}
