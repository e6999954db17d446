package io.pneuma.training;

import java.awt.BasicStroke;
import java.awt.Color;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Loss over the logarithm of the learning rate, with the proposed rates. */
public final class LossPicture {
  // Of Okabe and Ito's colours, which colour-blind readers can tell apart.
  private static final Color BLUE = new Color(0x0072B2);
  private static final Color VERMILION = new Color(0xD55E00);
  private static final Color GREEN = new Color(0x009E73);
  private static final Color PURPLE = new Color(0xCC79A7);
  private static final Color GREY = new Color(0xBBBBBB);

  private final LossCurve curve;

  public LossPicture(LossCurve curve) {
    this.curve = curve;
    System.setProperty("java.awt.headless", "true");
  }

  public void write(OutputStream png) throws IOException {
    XYChart chart =
        new XYChartBuilder()
            .width(1000)
            .height(640)
            .title("learning-rate range test")
            .xAxisTitle("learning rate")
            .yAxisTitle("loss")
            .build();
    chart.getStyler().setChartBackgroundColor(Color.WHITE);
    chart.getStyler().setLegendPosition(LegendPosition.InsideNW);
    chart.getStyler().setXAxisLogarithmic(true);
    chart.getStyler().setXAxisDecimalPattern("0.#E0");
    // A step at a high rate may have a loss beside which all others would be flat.
    chart.getStyler().setYAxisMin(0.0);
    chart
        .getStyler()
        .setYAxisMax(
            1.1 * curve.steps().stream().mapToDouble(LossCurve.Step::smoothed).max().orElseThrow());
    addLine(chart, "loss of each step", LossCurve.Step::loss, GREY, 1);
    addLine(chart, "smoothed", LossCurve.Step::smoothed, BLUE, 3);
    addPoint(chart, "valley", curve.valley(), VERMILION, SeriesMarkers.CIRCLE);
    addPoint(chart, "steep", curve.steep(), GREEN, SeriesMarkers.DIAMOND);
    addPoint(chart, "minimum, of which a tenth", curve.minimum(), PURPLE, SeriesMarkers.SQUARE);
    BitmapEncoder.saveBitmap(chart, png, BitmapFormat.PNG);
  }

  private void addLine(
      XYChart chart, String name, ToDoubleFunction<LossCurve.Step> loss, Color colour, int width) {
    double[] rates = curve.steps().stream().mapToDouble(LossCurve.Step::learningRate).toArray();
    double[] losses = curve.steps().stream().mapToDouble(loss).toArray();
    XYSeries series = chart.addSeries(name, rates, losses);
    series.setMarker(SeriesMarkers.NONE);
    series.setLineColor(colour);
    series.setLineStyle(new BasicStroke(width));
  }

  private static void addPoint(
      XYChart chart, String name, LossCurve.Step at, Color colour, Marker marker) {
    String label = String.format(Locale.ROOT, "%s: %.1e", name, at.learningRate());
    XYSeries series =
        chart.addSeries(label, new double[] {at.learningRate()}, new double[] {at.smoothed()});
    series.setMarker(marker);
    series.setMarkerColor(colour);
    series.setLineColor(colour);
  }
}
