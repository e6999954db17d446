package io.pneuma.search;

import io.pneuma.config.Search.Choices;
import io.pneuma.config.Search.Range;
import io.pneuma.config.Search.Reals;
import java.awt.Color;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * Score against learning rate, coloured by attention; where one of them does not vary, the first
 * number and the first choice that do.
 */
final class SweepPicture {
  private static final String LEARNING_RATE = "training.learningRate";
  private static final String ATTENTION = "fusion.attention.type";
  private static final Color[] COLOURS = {
    new Color(0x0072B2),
    new Color(0xD55E00),
    new Color(0x009E73),
    new Color(0xCC79A7),
    new Color(0xE69F00),
    new Color(0x56B4E9),
    new Color(0x000000)
  }; // Okabe and Ito's, which colour-blind readers can tell apart.

  private final Leaderboard leaderboard;

  SweepPicture(Leaderboard leaderboard) {
    this.leaderboard = leaderboard;
    System.setProperty("java.awt.headless", "true");
  }

  void write(OutputStream png) throws IOException {
    Optional<Range> across = find(LEARNING_RATE, false);
    Optional<Range> colour = find(ATTENTION, true);
    String objective = leaderboard.search().objective();
    XYChart chart =
        new XYChartBuilder()
            .width(1000)
            .height(640)
            .title(leaderboard.size() + " candidates")
            .xAxisTitle(across.map(Range::key).orElse("candidate"))
            .yAxisTitle(objective + " on validation")
            .build();
    chart.getStyler().setDefaultSeriesRenderStyle(XYSeriesRenderStyle.Scatter);
    chart.getStyler().setMarkerSize(9);
    chart.getStyler().setChartBackgroundColor(Color.WHITE);
    chart.getStyler().setYAxisDecimalPattern("0.0000");
    across
        .filter(range -> range instanceof Reals reals && reals.logarithmic())
        .ifPresent(
            range -> {
              chart.getStyler().setXAxisLogarithmic(true);
              chart.getStyler().setXAxisDecimalPattern("0.#E0");
            });
    addSeries(chart, across, colour);
    BitmapEncoder.saveBitmap(chart, png, BitmapFormat.PNG);
  }

  private void addSeries(XYChart chart, Optional<Range> across, Optional<Range> colour) {
    Map<String, List<CandidateRecord>> groups = new TreeMap<>();
    for (CandidateRecord candidate : leaderboard.candidates()) {
      if (!candidate.hasFailed()
          && across.map(range -> candidate.values().containsKey(range.key())).orElse(true)) {
        String group =
            colour.map(range -> "" + candidate.values().get(range.key())).orElse("candidates");
        groups.computeIfAbsent(group, name -> new ArrayList<>()).add(candidate);
      }
    }
    groups.forEach(
        (name, members) -> {
          double[] x =
              members.stream()
                  .mapToDouble(
                      c ->
                          across
                              .map(range -> ((Number) c.values().get(range.key())).doubleValue())
                              .orElse((double) c.index()))
                  .toArray();
          double[] y = members.stream().mapToDouble(CandidateRecord::score).toArray();
          XYSeries series = chart.addSeries(name, x, y);
          series.setMarker(SeriesMarkers.CIRCLE);
          series.setMarkerColor(COLOURS[(chart.getSeriesMap().size() - 1) % COLOURS.length]);
        });
  }

  private Optional<Range> find(String preferred, boolean choices) {
    List<Range> suitable =
        leaderboard.search().space().stream()
            .filter(range -> range instanceof Choices == choices)
            .toList();
    return suitable.stream()
        .filter(range -> range.key().equals(preferred))
        .findFirst()
        .or(() -> suitable.stream().findFirst());
  }
}
